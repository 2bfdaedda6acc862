#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "test/testing.h"

namespace {

std::string Text(NSData* data) { return {static_cast<const char*>(data.bytes), data.length}; }

}  // namespace

TEST_SUITE("foundation: data") {
  TEST_CASE("copies bytes") {
    char bytes[] = "abc";
    NSData* data = [NSData dataWithBytes:bytes length:3];
    bytes[0] = 'x';
    CHECK(Text(data) == "abc");
    CHECK([data isEqual:[NSData dataWithBytes:"abc" length:3]]);
    CHECK_FALSE([data isEqual:[NSData dataWithBytes:"abd" length:3]]);
    CHECK(([data copy] == data));
    CHECK([NSData data].length == 0);
    CHECK(Text([data subdataWithRange:NSMakeRange(1, 2)]) == "bc");
    char two[2];
    [data getBytes:two range:NSMakeRange(0, 2)];
    CHECK(std::memcmp(two, "ab", 2) == 0);
    [data getBytes:two length:2];
    CHECK(std::memcmp(two, "ab", 2) == 0);
  }

  TEST_CASE("borrows bytes, and frees them or not") {
    char bytes[] = "abc";
    @autoreleasepool {
      NSData* borrowed = [NSData dataWithBytesNoCopy:bytes length:3 freeWhenDone:NO];
      CHECK(borrowed.bytes == bytes);
      NSData* freed = [NSData dataWithBytesNoCopy:std::malloc(7) length:7 freeWhenDone:YES];
      CHECK(freed.length == 7);  // a leak sanitizer would complain
      __block NSUInteger deallocated = 0;
      {
        NSData* data = [[NSData alloc] initWithBytesNoCopy:bytes
                                                    length:2
                                               deallocator:^(void*, NSUInteger length) {
                                                 deallocated = length;
                                               }];
        CHECK((data.length == 2 && deallocated == 0));
      }
      CHECK(deallocated == 2);
    }
  }

  TEST_CASE("mutable data") {
    NSMutableData* data = [NSMutableData dataWithLength:4];
    CHECK(Text(data) == std::string(4, '\0'));
    std::memcpy(data.mutableBytes, "abcd", 4);
    NSData* copy = [data copy];
    [data appendBytes:"ef" length:2];
    [data appendData:data];
    CHECK(Text(data) == "abcdefabcdef");
    CHECK(Text(copy) == "abcd");
    data.length = 3;
    [data replaceBytesInRange:NSMakeRange(2, 3) withBytes:"XYZ"];
    CHECK(Text(data) == "abXYZ");
    [data resetBytesInRange:NSMakeRange(0, 2)];
    CHECK(Text(data) == std::string("\0\0XYZ", 5));
    [data increaseLengthBy:1];
    CHECK(data.length == 6);
    CHECK([[copy mutableCopy] isKindOfClass:[NSMutableData class]]);
    char bytes[] = "abc";
    NSMutableData* copied = [NSMutableData dataWithBytesNoCopy:bytes length:3 freeWhenDone:NO];
    CHECK(copied.mutableBytes != bytes);
    CHECK(Text(copied) == "abc");
  }

  TEST_CASE("misuse raises") {
    NSMutableData* data = [NSMutableData dataWithLength:4];
    char buffer[8];
    CHECK(NameRaisedBy([&] { (void)[data subdataWithRange:NSMakeRange(3, 2)]; }) ==
          "NSRangeException");
    CHECK(NameRaisedBy([&] { [data getBytes:buffer range:NSMakeRange(5, 0)]; }) ==
          "NSRangeException");
    // Where location plus length is beyond the largest number.
    CHECK(NameRaisedBy([&] { [data getBytes:buffer range:NSMakeRange(2, NSUIntegerMax)]; }) ==
          "NSRangeException");
    CHECK(NameRaisedBy([&] { [data replaceBytesInRange:NSMakeRange(5, 1) withBytes:buffer]; }) ==
          "NSRangeException");
    CHECK(NameRaisedBy([] {
            const void* null = nullptr;
            (void)[NSData dataWithBytes:null length:1];
          }) == "NSInvalidArgumentException");
  }

  TEST_CASE("messages to nil data") {
    NSData* nothing = nil;
    CHECK(nothing.length == 0);
    CHECK(nothing.bytes == nullptr);
  }
}

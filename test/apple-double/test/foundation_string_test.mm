#include <doctest/doctest.h>

#include <climits>
#include <string>

#include "test/testing.h"

namespace {

std::string Formatted(NSString* format, ...) NS_FORMAT_FUNCTION(1, 2);

std::string Formatted(NSString* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  NSString* string = [[NSString alloc] initWithFormat:format arguments:arguments];
  va_end(arguments);
  return string.UTF8String;
}

}  // namespace

TEST_SUITE("foundation: strings") {
  TEST_CASE("literals: in pointers, ASCII, UTF-16") {
    CHECK(std::string(@"".UTF8String).empty());
    CHECK(std::string(@"12345678".UTF8String) == "12345678");
    CHECK(std::string(@"123456789".UTF8String) == "123456789");
    CHECK(std::string(@"é".UTF8String) == "é");
    CHECK(std::string(@"ключ 鍵 🔑".UTF8String) == "ключ 鍵 🔑");
    CHECK(@"12345678".length == 8);
    CHECK(@"ключ 鍵 🔑".length == 9);
    CHECK([@"🔑" characterAtIndex:0] == 0xD83D);
    CHECK([@"🔑" characterAtIndex:1] == 0xDD11);
    CHECK([[NSString stringWithUTF8String:"🔑"] isEqualToString:@"🔑"]);
  }

  TEST_CASE("equality and hashes do not depend on the class") {
    NSString* heap = [NSString stringWithUTF8String:"tiny"];
    CHECK([heap isEqual:@"tiny"]);
    CHECK([@"tiny" isEqual:heap]);
    CHECK(heap.hash == @"tiny".hash);
    CHECK_FALSE([heap isEqual:@"tinY"]);
    CHECK_FALSE([heap isEqual:@1]);
    CHECK_FALSE([heap isEqual:nil]);
    CHECK_FALSE([heap isEqualToString:(NSString* _Nonnull)nil]);
    NSString* accented = [NSString stringWithUTF8String:"é"];
    CHECK([accented isEqual:@"é"]);
    CHECK(accented.hash == @"é".hash);
  }

  TEST_CASE("prefixes, suffixes, parts and concatenation") {
    NSString* string = @"a string that is searched";
    CHECK([string hasPrefix:@"a s"]);
    CHECK_FALSE([string hasPrefix:@"string"]);
    CHECK([string hasSuffix:@"searched"]);
    CHECK([string containsString:@"that is"]);
    CHECK_FALSE([string containsString:@"that was"]);
    CHECK([[@"ab" stringByAppendingString:@"çd"] isEqualToString:@"abçd"]);
    CHECK([[@"ab" stringByAppendingFormat:@"%d", 3] isEqualToString:@"ab3"]);
    CHECK([@"a" compare:@"b"] == NSOrderedAscending);
    CHECK([@"b" compare:@"a"] == NSOrderedDescending);
    CHECK([@"b" compare:@"b"] == NSOrderedSame);
  }

  TEST_CASE("bytes in, bytes out") {
    NSString* string = [[NSString alloc] initWithBytes:"héllo"
                                                length:6
                                              encoding:NSUTF8StringEncoding];
    CHECK(string.length == 5);
    CHECK([string lengthOfBytesUsingEncoding:NSUTF8StringEncoding] == 6);
    CHECK([string lengthOfBytesUsingEncoding:NSASCIIStringEncoding] == 0);
    CHECK(([string dataUsingEncoding:NSASCIIStringEncoding] == nil));
    NSData* data = [string dataUsingEncoding:NSUTF8StringEncoding];
    CHECK([data isEqualToData:[NSData dataWithBytes:"héllo" length:6]]);
    CHECK([[[NSString alloc] initWithData:data
                                 encoding:NSUTF8StringEncoding] isEqualToString:string]);
    CHECK([[NSString alloc] initWithBytes:"a\0b" length:3 encoding:NSUTF8StringEncoding].length ==
          3);
  }

  TEST_CASE("what is not UTF-8 is nil") {
    CHECK(([NSString stringWithUTF8String:"\xff"] == nil));
    CHECK(([NSString stringWithUTF8String:"\xc3"] == nil));
    CHECK(([NSString stringWithUTF8String:"\xc0\x80"] == nil));          // too long
    CHECK(([NSString stringWithUTF8String:"\xe0\x80\xaf"] == nil));      // too long
    CHECK(([NSString stringWithUTF8String:"\xed\xa0\x80"] == nil));      // a surrogate
    CHECK(([NSString stringWithUTF8String:"\xf4\x90\x80\x80"] == nil));  // beyond Unicode
    CHECK(([NSString stringWithUTF8String:"\xf4\x8f\xbf\xbf"] != nil));
    CHECK(([[NSString alloc] initWithBytes:"\xc3\xa9" length:2
                                  encoding:NSASCIIStringEncoding] == nil));
  }

  TEST_CASE("formats") {
    CHECK(Formatted(@"%@ %d %lu %.2f %s", @"hello", 3, 4UL, 1.5, "z") == "hello 3 4 1.50 z");
    CHECK(Formatted(@"%@ %@", @[ @1 ], (id)nil) == "(\n    1\n) (null)");
    CHECK(Formatted(@"100%%") == "100%");
    CHECK(Formatted(@"%5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42) == "   42|42   |00042|+42| 42");
    CHECK(Formatted(@"%*d|%.*f|%-*d|", 4, 7, 1, 0.25, 3, 9) == "   7|0.2|9  |");
    CHECK(Formatted(@"%ld %lld %zd %td %hhd %hd", LONG_MIN, LLONG_MAX, (ssize_t)-1, (ptrdiff_t)-2,
                    (signed char)-3,
                    (short)-4) == "-9223372036854775808 9223372036854775807 -1 -2 -3 -4");
    CHECK(Formatted(@"%u %lu %llu %zu %x %X %#o", UINT_MAX, ULONG_MAX, ULLONG_MAX, (size_t)5, 255U,
                    255U,
                    8U) == "4294967295 18446744073709551615 18446744073709551615 5 ff FF 010");
    CHECK(Formatted(@"%e %g %.3s %c%C", 12345.0, 0.5, "abcdef", 'x', (unichar)0x434) ==
          "1.234500e+04 0.5 abc xд");
    CHECK(Formatted(@"%Lf", 1.5L) == "1.500000");
    CHECK(Formatted(@"ключ %d", 1) == "ключ 1");
    CHECK(Formatted(@"%p", (void*)16) == "0x10");
    const std::string long_text(5000, 'x');
    CHECK(Formatted(@"%s", long_text.c_str()) == long_text);
  }

  TEST_CASE("mutable strings") {
    NSMutableString* string = [NSMutableString string];
    [string appendString:@"one"];
    [string appendFormat:@" %d", 2];
    NSString* copy = [string copy];
    [string appendString:@" three"];
    CHECK([string isEqualToString:@"one 2 three"]);
    CHECK([copy isEqualToString:@"one 2"]);
    CHECK([[copy mutableCopy] isKindOfClass:[NSMutableString class]]);
    CHECK_FALSE([copy isKindOfClass:[NSMutableString class]]);
    CHECK(NameRaisedBy([copy] { [(id)copy appendString:@"x"]; }) == "NSInvalidArgumentException");
  }

  TEST_CASE("UTF8String lives as long as the pool") {
    @autoreleasepool {
      const char* tiny = @"tiny".UTF8String;
      const char* wide = @"ключ".UTF8String;
      CHECK(std::string(tiny) == "tiny");
      CHECK(std::string(wide) == "ключ");
    }
    CHECK(ObjectsLeftBy([] { (void)@"ключ".UTF8String; }) == 0);
  }

  TEST_CASE("misuse raises") {
    NSString* nothing = nil;
    const std::string invalid = "NSInvalidArgumentException";
    CHECK(NameRaisedBy([&] { (void)[@"a" stringByAppendingString:nothing]; }) == invalid);
    CHECK(NameRaisedBy([&] { (void)[@"a" hasPrefix:nothing]; }) == invalid);
    CHECK(NameRaisedBy([&] { (void)[@"a" containsString:nothing]; }) == invalid);
    CHECK(NameRaisedBy([&] { (void)[NSString stringWithString:nothing]; }) == invalid);
    CHECK(NameRaisedBy([&] {
            const char* null = nullptr;
            (void)[NSString stringWithUTF8String:null];
          }) == invalid);
    CHECK(NameRaisedBy([&] {
            (void)[[NSString alloc] initWithBytes:"" length:0 encoding:(NSStringEncoding)10];
          }) == invalid);
    CHECK(NameRaisedBy([] { (void)[@"ab" characterAtIndex:2]; }) == "NSRangeException");
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wformat"
    CHECK(NameRaisedBy([&] { (void)[NSString stringWithFormat:nothing]; }) == invalid);
    CHECK(NameRaisedBy([&] { (void)[NSString stringWithFormat:@"%y", 1]; }) == invalid);
#pragma clang diagnostic pop
  }

  TEST_CASE("names of classes, selectors and protocols") {
    CHECK([NSStringFromClass([NSObject class]) isEqualToString:@"NSObject"]);
    CHECK([NSStringFromSelector(@selector(addObject:)) isEqualToString:@"addObject:"]);
    CHECK([NSStringFromProtocol(@protocol(NSCopying)) isEqualToString:@"NSCopying"]);
    CHECK([[NSObject description] isEqualToString:@"NSObject"]);
    CHECK([[[NSObject new] description] hasPrefix:@"<NSObject: 0x"]);
  }
}

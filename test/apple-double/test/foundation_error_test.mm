#include <doctest/doctest.h>

#include <string>

#include <unistd.h>

#include "test/testing.h"

TEST_SUITE("foundation: errors") {
  TEST_CASE("domain, code and description") {
    NSError* plain = [NSError errorWithDomain:@"SomeDomain" code:7 userInfo:nil];
    CHECK([plain.domain isEqualToString:@"SomeDomain"]);
    CHECK(plain.code == 7);
    CHECK(plain.userInfo.count == 0);
    CHECK([plain.localizedDescription containsString:@"SomeDomain error 7"]);
    NSError* described = [NSError errorWithDomain:@"SomeDomain"
                                             code:7
                                         userInfo:@{
                                           NSLocalizedDescriptionKey : @"something happened",
                                           NSUnderlyingErrorKey : plain
                                         }];
    CHECK([described.localizedDescription isEqualToString:@"something happened"]);
    CHECK((described.userInfo[NSUnderlyingErrorKey] == plain));
    CHECK([described.description
        isEqualToString:@"Error Domain=SomeDomain Code=7 \"something happened\""]);
    CHECK_FALSE([described isEqual:plain]);
    CHECK([plain isEqual:[NSError errorWithDomain:@"SomeDomain" code:7 userInfo:nil]]);
    CHECK(NameRaisedBy([] {
            (void)[NSError errorWithDomain:(NSString* _Nonnull)nil code:1 userInfo:nil];
          }) == "NSInvalidArgumentException");
  }

  TEST_CASE("errors by reference") {
    const auto fails = [](NSError* __autoreleasing* error) {
      *error = [NSError errorWithDomain:@"SomeDomain" code:1 userInfo:nil];
      return false;
    };
    CHECK(ObjectsLeftBy([&fails] {
            NSError* error = nil;
            CHECK_FALSE(fails(&error));
            CHECK(error.code == 1);
          }) == 0);
  }
}

TEST_SUITE("foundation: exceptions") {
  TEST_CASE("name, reason and user info") {
    NSException* exception = [NSException exceptionWithName:@"Name"
                                                     reason:@"because"
                                                   userInfo:@{
                                                     @"key" : @1
                                                   }];
    NSException* caught = nil;
    @try {
      [exception raise];
    } @catch (NSException* thrown) {
      caught = thrown;
    }
    CHECK((caught == exception));
    CHECK([caught.name isEqualToString:@"Name"]);
    CHECK([caught.reason isEqualToString:@"because"]);
    CHECK([caught.userInfo[@"key"] intValue] == 1);
    CHECK([caught.description isEqualToString:@"because"]);
  }

  TEST_CASE("raise:format:") {
    std::string reason;
    @try {
      [NSException raise:NSRangeException format:@"%d of %@", 3, @"four"];
    } @catch (NSException* exception) {
      CHECK([exception.name isEqualToString:NSRangeException]);
      reason = exception.reason.UTF8String;
    }
    CHECK(reason == "3 of four");
  }
}

TEST_SUITE("foundation: others") {
  TEST_CASE("null") {
    CHECK(([NSNull null] == [NSNull null]));
    CHECK(([[NSNull null] copy] == [NSNull null]));
    CHECK([[NSNull null].description isEqualToString:@"<null>"]);
  }

  TEST_CASE("NSLog writes a line to the error stream") {
    CHECK(LastWordsOf([] {
            NSLog(@"%@ %d", @"logged", 1);
            _exit(1);
          }) == "logged 1\n");
  }

  TEST_CASE("ranges") {
    const NSRange range = NSMakeRange(2, 3);
    CHECK(NSMaxRange(range) == 5);
    CHECK(NSLocationInRange(4, range));
    CHECK_FALSE(NSLocationInRange(5, range));
    CHECK(NSEqualRanges(range, NSMakeRange(2, 3)));
  }
}

#include <doctest/doctest.h>

#include <climits>
#include <limits>
#include <string>

#include "test/testing.h"

TEST_SUITE("foundation: numbers") {
  TEST_CASE("literals keep value and type") {
    CHECK(@(1).intValue == 1);
    CHECK(@(2.5).doubleValue == 2.5);
    CHECK(@(0.1F).floatValue == 0.1F);
    CHECK(@YES.boolValue);
    CHECK_FALSE(@NO.boolValue);
    CHECK(@'c'.charValue == 'c');
    CHECK((@(ULLONG_MAX)).unsignedLongLongValue == ULLONG_MAX);
    CHECK((@(LLONG_MIN)).longLongValue == LLONG_MIN);
    CHECK(std::string(@(1).objCType) == @encode(int));
    CHECK(std::string(@(1.0F).objCType) == @encode(float));
    CHECK(std::string(@YES.objCType) == @encode(BOOL));
    enum Color : NSUInteger { kRed = 7 };
    CHECK((@(kRed)).unsignedIntegerValue == 7);
  }

  TEST_CASE("conversions") {
    CHECK(@(2.9).intValue == 2);
    CHECK((@-2.9).integerValue == -2);
    CHECK(@(300).unsignedCharValue == 44);
    CHECK((@-1).unsignedIntValue == UINT_MAX);
    CHECK(@(1e30).intValue == INT_MAX);
    CHECK((@-1e30).longValue == LONG_MIN);
    CHECK(@(std::numeric_limits<double>::quiet_NaN()).intValue == 0);
    CHECK(@(0.5).boolValue);
    CHECK(@(7).floatValue == 7.0F);
  }

  TEST_CASE("equality, order and hashes go by value") {
    CHECK([@1 isEqual:@1.0]);
    CHECK([@1 isEqual:@YES]);
    CHECK(@(1).hash == @(1.0).hash);
    CHECK_FALSE([@1 isEqual:@2]);
    CHECK_FALSE([@1 isEqual:@"1"]);
    CHECK([@1 compare:@2] == NSOrderedAscending);
    CHECK([@2 compare:@1.5] == NSOrderedDescending);
    CHECK([@(-1) compare:@(ULLONG_MAX)] == NSOrderedAscending);
    CHECK([@(LLONG_MAX - 1) compare:@(LLONG_MAX)] == NSOrderedAscending);
    CHECK_FALSE([@(LLONG_MAX) isEqualToNumber:@(LLONG_MAX - 1)]);
  }

  TEST_CASE("text") {
    CHECK([@(42).stringValue isEqualToString:@"42"]);
    CHECK([(@-2.5).description isEqualToString:@"-2.5"]);
    CHECK([@(0.1F).stringValue isEqualToString:@"0.1"]);
    CHECK([(@(ULLONG_MAX)).stringValue isEqualToString:@"18446744073709551615"]);
    CHECK([@YES.stringValue isEqualToString:@"1"]);
  }

  TEST_CASE("a number is its own copy") {
    NSNumber* number = @12345;
    CHECK(([number copy] == number));
    CHECK(NameRaisedBy([number] { (void)[number compare:(NSNumber* _Nonnull)nil]; }) ==
          "NSInvalidArgumentException");
  }
}

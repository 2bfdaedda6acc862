#include <doctest/doctest.h>

#include <set>
#include <string>

#include "test/testing.h"

namespace {

const std::string kInvalidArgument = "NSInvalidArgumentException";
const std::string kRange = "NSRangeException";

id Nothing() { return nil; }

}  // namespace

TEST_SUITE("foundation: arrays") {
  TEST_CASE("literals, subscripts, first and last") {
    NSArray<NSString*>* array = @[ @"a", @"b", @"a longer string" ];
    CHECK(array.count == 3);
    CHECK([array[2] isEqualToString:@"a longer string"]);
    CHECK([array.firstObject isEqualToString:@"a"]);
    CHECK((array.lastObject == array[2]));
    CHECK((@[].firstObject == nil));
    CHECK((@[].lastObject == nil));
    CHECK([[NSArray arrayWithObjects:@1, @2, nil] isEqualToArray:(@[ @1, @2 ])]);
    CHECK([[NSArray arrayWithObject:@1] isEqual:@[ @1 ]]);
    CHECK_FALSE([@[ @1 ] isEqual:(@[ @1, @2 ])]);
    CHECK([[@[ @1 ] arrayByAddingObject:@2] isEqual:(@[ @1, @2 ])]);
  }

  TEST_CASE("searching") {
    NSArray* array = @[ @1, @"two", @3 ];
    CHECK([array indexOfObject:[NSString stringWithUTF8String:"two"]] == 1);
    CHECK([array indexOfObject:@4] == static_cast<NSUInteger>(NSNotFound));
    CHECK([array containsObject:@3.0]);
    CHECK_FALSE([array containsObject:Nothing()]);
    CHECK([array indexOfObjectIdenticalTo:array[2]] == 2);
  }

  TEST_CASE("enumeration") {
    int sum = 0;
    for (NSNumber* number in @[ @1, @2, @3 ]) {
      sum += number.intValue;
    }
    CHECK(sum == 6);
    NSMutableArray* many = [NSMutableArray arrayWithCapacity:100];
    for (int i = 0; i < 100; i++) {
      [many addObject:@(i)];
    }
    int expected = 0;
    for (NSNumber* number in many) {
      CHECK(number.intValue == expected++);
    }
    CHECK(expected == 100);
    __block NSUInteger last = 0;
    [many enumerateObjectsUsingBlock:^(NSNumber* number, NSUInteger index, BOOL* stop) {
      last = index;
      *stop = number.intValue == 5;
    }];
    CHECK(last == 5);
  }

  TEST_CASE("changing") {
    NSMutableArray* array = [NSMutableArray array];
    [array addObject:@1];
    array[1] = @3;
    [array insertObject:@2 atIndex:1];
    CHECK([array isEqual:(@[ @1, @2, @3 ])]);
    array[0] = @0;
    [array replaceObjectAtIndex:2 withObject:@9];
    CHECK([array isEqual:(@[ @0, @2, @9 ])]);
    [array removeObjectAtIndex:1];
    [array addObjectsFromArray:array];
    CHECK([array isEqual:(@[ @0, @9, @0, @9 ])]);
    [array removeObject:@9];
    CHECK([array isEqual:(@[ @0, @0 ])]);
    [array removeLastObject];
    CHECK(array.count == 1);
    [array removeAllObjects];
    CHECK(array.count == 0);
  }

  TEST_CASE("copies") {
    NSMutableArray* array = [@[ @1 ] mutableCopy];
    NSArray* copy = [array copy];
    [array addObject:@2];
    CHECK(copy.count == 1);
    CHECK(([copy copy] == copy));
    CHECK_FALSE([copy respondsToSelector:@selector(addObject:)]);
    CHECK(NameRaisedBy([copy] { [(id)copy addObject:@1]; }) == kInvalidArgument);
  }

  TEST_CASE("misuse raises") {
    NSMutableArray* array = [NSMutableArray arrayWithObject:@1];
    id nothing = nil;
    CHECK(NameRaisedBy([&] { [array addObject:nothing]; }) == kInvalidArgument);
    CHECK(NameRaisedBy([&] { [array insertObject:nothing atIndex:0]; }) == kInvalidArgument);
    CHECK(NameRaisedBy([&] { array[0] = nothing; }) == kInvalidArgument);
    CHECK(NameRaisedBy([&] { (void)@[ @1, nothing ]; }) == kInvalidArgument);
    CHECK(NameRaisedBy([&] { (void)array[1]; }) == kRange);
    CHECK(NameRaisedBy([&] { (void)[array objectAtIndex:NSUIntegerMax]; }) == kRange);
    CHECK(NameRaisedBy([&] { array[2] = @1; }) == kRange);
    CHECK(NameRaisedBy([&] { [array insertObject:@1 atIndex:2]; }) == kRange);
    CHECK(NameRaisedBy([&] { [array removeObjectAtIndex:1]; }) == kRange);
    CHECK(NameRaisedBy([&] { [[NSMutableArray array] removeLastObject]; }) == kRange);
    CHECK([array isEqual:@[ @1 ]]);
  }

  TEST_CASE("mutation while enumerating raises") {
    CHECK(NameRaisedBy([] {
            NSMutableArray* array = [@[ @1, @2, @3 ] mutableCopy];
            for (NSNumber* number in array) {
              [array addObject:number];
            }
          }) == "NSGenericException");
    CHECK(NameRaisedBy([] {
            NSMutableArray* array = [@[ @1, @2, @3 ] mutableCopy];
            for (NSNumber* number in array) {
              [array removeObject:number];
            }
          }) == "NSGenericException");
  }

  TEST_CASE("nothing leaks") {
    CHECK(ObjectsLeftBy([] {
            NSMutableArray* array = [NSMutableArray array];
            for (int i = 0; i < 50; i++) {
              [array addObject:[NSString stringWithFormat:@"a long enough string %d", i]];
            }
            (void)[array.description length];
            (void)[[array copy] mutableCopy];
          }) == 0);
  }
}

TEST_SUITE("foundation: dictionaries") {
  TEST_CASE("literals and subscripts") {
    NSDictionary* dictionary = @{@"a" : @1, @"a longer key" : @2.5, @"ключ" : @"é"};
    CHECK(dictionary.count == 3);
    CHECK([dictionary[@"a longer key"] doubleValue] == 2.5);
    CHECK([dictionary[@"ключ"] isEqualToString:@"é"]);
    CHECK([dictionary[[NSString stringWithFormat:@"%c", 'a']] intValue] == 1);
    CHECK((dictionary[@"b"] == nil));
    CHECK(([dictionary objectForKey:Nothing()] == nil));
    CHECK([dictionary isEqual:(@{@"ключ" : @"é", @"a longer key" : @2.5, @"a" : @1.0})]);
    CHECK_FALSE([dictionary isEqual:@{@"a" : @1}]);
  }

  TEST_CASE("keys are copied") {
    NSMutableString* key = [NSMutableString stringWithUTF8String:"a key that changes"];
    NSMutableDictionary* dictionary = [NSMutableDictionary dictionary];
    dictionary[key] = @1;
    [key setString:@"changed"];
    CHECK([dictionary[@"a key that changes"] intValue] == 1);
  }

  TEST_CASE("changing") {
    NSMutableDictionary<NSString*, NSNumber*>* dictionary =
        [NSMutableDictionary dictionaryWithCapacity:8];
    for (int i = 0; i < 100; i++) {
      dictionary[[NSString stringWithFormat:@"key %d", i]] = @(i);
    }
    for (int i = 0; i < 100; i += 2) {
      [dictionary removeObjectForKey:[NSString stringWithFormat:@"key %d", i]];
    }
    [dictionary removeObjectForKey:@"absent"];
    CHECK(dictionary.count == 50);
    bool all_right = true;
    for (int i = 0; i < 100; i++) {
      NSNumber* number = dictionary[[NSString stringWithFormat:@"key %d", i]];
      all_right = all_right && (i % 2 == 0 ? number == nil : number.intValue == i);
    }
    CHECK(all_right);
    dictionary[@"key 1"] = @-1;
    CHECK(dictionary[@"key 1"].intValue == -1);
    CHECK(dictionary.count == 50);
    dictionary[@"key 1"] = nil;
    CHECK(dictionary.count == 49);
    [dictionary addEntriesFromDictionary:@{@"new" : @0}];
    CHECK(dictionary.count == 50);
    [dictionary removeAllObjects];
    CHECK(dictionary.count == 0);
    CHECK((dictionary[@"key 3"] == nil));
  }

  TEST_CASE("keys, values and enumeration") {
    NSDictionary<NSString*, NSNumber*>* dictionary = @{@"a" : @1, @"b" : @2, @"c" : @3};
    CHECK([[NSSet setWithArray:dictionary.allKeys]
        isEqualToSet:([NSSet setWithObjects:@"a", @"b", @"c", nil])]);
    CHECK([[NSSet setWithArray:dictionary.allValues]
        isEqualToSet:([NSSet setWithObjects:@1, @2, @3, nil])]);
    std::set<std::string> keys;
    for (NSString* key in dictionary) {
      keys.insert(key.UTF8String);
    }
    CHECK(keys == std::set<std::string>{"a", "b", "c"});
    __block int sum = 0;
    [dictionary enumerateKeysAndObjectsUsingBlock:^(NSString* key, NSNumber* number, BOOL*) {
      sum += number.intValue * (key.length == 1 ? 1 : 100);
    }];
    CHECK(sum == 6);
  }

  TEST_CASE("copies") {
    NSMutableDictionary* dictionary = [@{@1 : @"one"} mutableCopy];
    NSDictionary* copy = [dictionary copy];
    dictionary[@2] = @"two";
    CHECK(copy.count == 1);
    CHECK(([copy copy] == copy));
    CHECK_FALSE([copy respondsToSelector:@selector(setObject:forKey:)]);
  }

  TEST_CASE("misuse raises") {
    NSMutableDictionary* dictionary = [NSMutableDictionary dictionary];
    id nothing = nil;
    CHECK(NameRaisedBy([&] { [dictionary setObject:nothing forKey:@"a"]; }) == kInvalidArgument);
    CHECK(NameRaisedBy([&] { [dictionary setObject:@1 forKey:nothing]; }) == kInvalidArgument);
    CHECK(NameRaisedBy([&] { dictionary[nothing] = @1; }) == kInvalidArgument);
    CHECK(NameRaisedBy([&] { [dictionary removeObjectForKey:nothing]; }) == kInvalidArgument);
    CHECK(NameRaisedBy([&] { (void)@{@"a" : nothing}; }) == kInvalidArgument);
    CHECK(NameRaisedBy([&] { dictionary[(id)[NSObject new]] = @1; }) == kInvalidArgument);
    CHECK(dictionary.count == 0);
  }

  TEST_CASE("mutation while enumerating raises") {
    CHECK(NameRaisedBy([] {
            NSMutableDictionary* dictionary = [@{@1 : @1, @2 : @2} mutableCopy];
            for (NSNumber* key in dictionary) {
              [dictionary removeObjectForKey:key];
            }
          }) == "NSGenericException");
  }

  TEST_CASE("nothing leaks") {
    CHECK(ObjectsLeftBy([] {
            NSMutableDictionary* dictionary = [NSMutableDictionary dictionary];
            for (int i = 0; i < 50; i++) {
              dictionary[@(i)] = [NSString stringWithFormat:@"a long enough string %d", i];
            }
            [dictionary removeObjectForKey:@7];
            (void)dictionary.description.length;
            (void)[[dictionary copy] mutableCopy];
          }) == 0);
  }
}

TEST_SUITE("foundation: sets") {
  TEST_CASE("membership") {
    NSMutableSet* set = [NSMutableSet setWithObjects:@1, @2, @2.0, nil];
    CHECK(set.count == 2);
    CHECK([set containsObject:@1]);
    CHECK_FALSE([set containsObject:Nothing()]);
    [set addObject:@3];
    [set addObject:@3];
    [set removeObject:@1];
    [set removeObject:@1];
    CHECK([set isEqual:([NSSet setWithArray:@[ @3, @2 ]])]);
    CHECK(set.allObjects.count == 2);
    CHECK([set containsObject:[set anyObject]]);
    CHECK(NameRaisedBy([set] { [set addObject:(id _Nonnull)nil]; }) == kInvalidArgument);
    CHECK(NameRaisedBy([set] {
            for (NSNumber* number in set) {
              [set removeObject:number];
            }
          }) == "NSGenericException");
    NSSet* copy = [[NSMutableSet setWithObject:@"x"] copy];
    CHECK_FALSE([copy respondsToSelector:@selector(addObject:)]);
    [set removeAllObjects];
    CHECK(set.count == 0);
  }
}

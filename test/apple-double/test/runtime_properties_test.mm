#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "test/testing.h"

namespace {

struct Triple {
  long first, second, third;
};

}  // namespace

@interface HasProperties : NSObject
@property(atomic, strong) NSObject* atomic_object;
@property(nonatomic, strong) NSObject* nonatomic_object;
@property(atomic, copy) NSString* atomic_copy;
@property(nonatomic, copy) NSString* nonatomic_copy;
@property(nonatomic, copy) int (^block)(void);
@property(atomic) Triple triple;
@property(atomic) std::string text;
@property(readonly) int computed;
@property(class, nonatomic) int shared;
@property(nonatomic, getter=isEnabled) BOOL enabled;
@end

@implementation HasProperties
static int shared_value;
+ (int)shared {
  return shared_value;
}
+ (void)setShared:(int)value {
  shared_value = value;
}
- (int)computed {
  return 12;
}
@end

TEST_SUITE("runtime: properties") {
  TEST_CASE("values are kept, copied and released") {
    CHECK(ObjectsLeftBy([] {
            HasProperties* object = [HasProperties new];
            NSObject* value = [NSObject new];
            object.atomic_object = value;
            object.nonatomic_object = value;
            CHECK((object.atomic_object == value));
            CHECK((object.nonatomic_object == value));

            NSMutableString* text = [NSMutableString stringWithUTF8String:"before it changes"];
            object.atomic_copy = text;
            object.nonatomic_copy = text;
            [text setString:@"after"];
            CHECK([object.atomic_copy isEqualToString:@"before it changes"]);
            CHECK([object.nonatomic_copy isEqualToString:@"before it changes"]);
            object.nonatomic_copy = nil;
            CHECK((object.nonatomic_copy == nil));

            int number = 8;
            object.block = ^{
              return number;
            };
            CHECK(object.block() == 8);
            object.enabled = YES;
            CHECK(object.isEnabled);
            CHECK(object.computed == 12);
            HasProperties.shared = 3;
            CHECK(HasProperties.shared == 3);
          }) == 0);
  }

  TEST_CASE("atomic properties are read and written by several threads") {
    CHECK(ObjectsLeftBy([] {
            HasProperties* object = [HasProperties new];
            object.atomic_object = [NSObject new];
            object.text = "a text that is too long for the string's own memory: 0";
            std::atomic<bool> torn{false};
            std::vector<std::thread> threads;
            for (long i = 0; i < 3; i++) {
              threads.emplace_back([&torn, object, i] {
                for (long k = 0; k < 500; k++) {
                  @autoreleasepool {
                    object.atomic_object = [NSObject new];
                    (void)object.atomic_object.hash;
                    object.atomic_copy = [NSString stringWithFormat:@"a long string, %ld", k];
                    (void)object.atomic_copy.length;
                    object.triple = {i, i, i};
                    const Triple triple = object.triple;
                    if (triple.first != triple.second || triple.second != triple.third) {
                      torn = true;
                    }
                    object.text = "a text that is too long for the string's own memory: 1";
                    if (object.text.size() != 54) {
                      torn = true;
                    }
                  }
                }
              });
            }
            for (std::thread& thread : threads) {
              thread.join();
            }
            CHECK_FALSE(torn);
          }) == 0);
  }
}

TEST_SUITE("runtime: @synchronized") {
  TEST_CASE("excludes other threads, and is recursive") {
    NSObject* lock = [NSObject new];
    long count = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) {
      threads.emplace_back([&count, lock] {
        for (int k = 0; k < 2000; k++) {
          @synchronized(lock) {
            @synchronized(lock) {
              count++;
            }
          }
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    CHECK(count == 8000);
  }

  TEST_CASE("is left by exceptions") {
    NSObject* lock = [NSObject new];
    CHECK(NameRaisedBy([lock] {
            @synchronized(lock) {
              [NSException raise:@"Inside" format:@"x"];
            }
          }) == "Inside");
    bool entered = false;
    std::thread([&entered, lock] {
      @synchronized(lock) {
        entered = true;
      }
    }).join();
    CHECK(entered);
  }

  TEST_CASE("different objects have different locks") {
    // Held one by one by another thread, which would wait for this one if two shared a lock.
    NSMutableArray* objects = [NSMutableArray array];
    for (int i = 0; i < 200; i++) {
      [objects addObject:[NSObject new]];
    }
    NSObject* held = [NSObject new];
    @synchronized(held) {
      int entered = 0;
      std::thread([&entered, objects] {
        for (NSObject* object in objects) {
          @synchronized(object) {
            entered++;
          }
        }
      }).join();
      CHECK(entered == 200);
    }
  }
}

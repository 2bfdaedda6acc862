#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "test/testing.h"

namespace {

std::atomic<int> initializations{0};
std::atomic<bool> is_ready{false};
std::string order;
// Not std::string: that would be constructed, empty, after +load has been sent.
const char* first_load = "";
const char* second_load = "";

}  // namespace

@interface SlowToInitialize : NSObject
+ (BOOL)isReady;
@end

@implementation SlowToInitialize
+ (void)initialize {
  initializations++;
  // May send messages to itself meanwhile, which must not let other threads in.
  [self isReady];
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  is_ready = true;
}
+ (BOOL)isReady {
  return is_ready;
}
@end

@interface InitializedFirst : NSObject
@end

@implementation InitializedFirst
+ (void)initialize {
  order += class_getName(self);
  order += ' ';
}
@end

@interface InitializedSecond : InitializedFirst
@end

@implementation InitializedSecond
@end

@interface RaisesInInitialize : NSObject
+ (int)value;
@end

@implementation RaisesInInitialize
+ (void)initialize {
  [NSException raise:NSGenericException format:@"not today"];
}
+ (int)value {
  return 3;
}
@end

@interface Loaded : NSObject
@end

@implementation Loaded
+ (void)load {
  first_load = "class";
}
@end

@interface Loaded (Category)
@end

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wobjc-protocol-method-implementation"
@implementation Loaded (Category)
+ (void)load {
  second_load = first_load;
}
@end
#pragma clang diagnostic pop

TEST_SUITE("runtime: initialize") {
  TEST_CASE("every thread waits for the end of the one +initialize") {
    std::atomic<int> ready{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) {
      threads.emplace_back([&ready] { ready += [SlowToInitialize isReady] ? 1 : 0; });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    CHECK(ready == 4);
    CHECK(initializations == 1);
  }

  TEST_CASE("superclasses come first, and +initialize is inherited") {
    (void)[InitializedSecond new];
    (void)[InitializedFirst new];
    CHECK(order == "InitializedFirst InitializedSecond ");
  }

  TEST_CASE("a class whose +initialize raises can be used") {
    CHECK(NameRaisedBy([] { [RaisesInInitialize value]; }) == "NSGenericException");
    CHECK([RaisesInInitialize value] == 3);
  }

  TEST_CASE("+load is sent to classes and to categories, before main") {
    CHECK(std::string(first_load) == "class");
    CHECK(std::string(second_load) == "class");
  }
}

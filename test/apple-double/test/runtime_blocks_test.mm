#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "test/testing.h"

namespace {

using IntBlock = int (^)(void);

IntBlock Adder(int* calls, NSObject* kept) {
  return ^{
    (void)kept;
    return ++*calls;
  };
}

// A C++ object that counts how many of it there are.
struct Tracked {
  explicit Tracked(int* count) : alive(count) { ++*alive; }
  Tracked(const Tracked& other) : alive(other.alive) { ++*alive; }
  Tracked& operator=(const Tracked&) = delete;
  ~Tracked() { --*alive; }
  int* alive;
};

}  // namespace

TEST_SUITE("runtime: blocks") {
  TEST_CASE("a block that outlives its function is on the heap, and freed") {
    CHECK(ObjectsLeftBy([] {
            int calls = 0;
            const IntBlock block = Adder(&calls, [NSObject new]);
            CHECK(block() == 1);
            CHECK(block() == 2);
          }) == 0);
  }

  TEST_CASE("a block keeps what it captures") {
    __weak NSObject* weak = nil;
    @autoreleasepool {
      int calls = 0;
      IntBlock block = nil;
      {
        NSObject* kept = [NSObject new];
        weak = kept;
        block = Adder(&calls, kept);
      }
      CHECK(weak != nil);
      CHECK(block() == 1);
    }
    CHECK(weak == nil);
  }

  TEST_CASE("blocks are objects") {
    int calls = 0;
    NSArray* blocks = @[
      Adder(&calls, nil), [Adder(&calls, nil) copy],
      ^{
        return 5;
      }
    ];
    CHECK(((IntBlock)blocks[0])() == 1);
    CHECK(((IntBlock)blocks[1])() == 2);
    CHECK(((IntBlock)blocks[2])() == 5);
    CHECK([blocks[0] respondsToSelector:@selector(copy)]);
    CHECK([blocks[0] isKindOfClass:[NSObject class]]);
    CHECK(([blocks[1] copy] == blocks[1]));
  }

  TEST_CASE("__block variables are shared, and move with the block") {
    CHECK(ObjectsLeftBy([] {
            __block int number = 1;
            __block NSObject* object = [NSObject new];
            const IntBlock block = ^{
              number++;
              object = nil;
              return number;
            };
            const IntBlock copy = [block copy];
            CHECK(copy() == 2);
            CHECK((object == nil));
            number = 10;
            CHECK(block() == 11);
            CHECK(number == 11);
          }) == 0);
  }

  TEST_CASE("a __block variable shared by several blocks") {
    CHECK(ObjectsLeftBy([] {
            __block NSMutableArray* array = [NSMutableArray array];
            NSMutableArray* blocks = [NSMutableArray array];
            for (int i = 0; i < 3; i++) {
              [blocks addObject:^{
                [array addObject:@(i)];
              }];
            }
            for (void (^block)(void) in blocks) {
              block();
            }
            CHECK([array isEqualToArray:@[ @0, @1, @2 ]]);
          }) == 0);
  }

  TEST_CASE("__weak and blocks") {
    __weak NSObject* weak = nil;
    bool (^is_nil)(void) = nil;
    {
      NSObject* object = [NSObject new];
      weak = object;
      is_nil = [^{
        return weak == nil;
      } copy];
      CHECK_FALSE(is_nil());
    }
    CHECK(is_nil());
    __block __weak NSObject* weak_variable = nil;
    void (^set)(NSObject*) = ^(NSObject* object) {
      weak_variable = object;
    };
    {
      NSObject* object = [NSObject new];
      set(object);
      CHECK((weak_variable == object));
    }
    CHECK(weak_variable == nil);
  }

  TEST_CASE("captured C++ objects are copied and destroyed") {
    int alive = 0;
    {
      const Tracked tracked(&alive);
      __block Tracked variable(&alive);
      const std::vector<int> numbers{1, 2, 3};
      const IntBlock block = [^{
        (void)variable.alive;
        return *tracked.alive + static_cast<int>(numbers.size());
      } copy];
      const int before = alive;
      CHECK(before >= 3);
      CHECK(block() == before + 3);
    }
    CHECK(alive == 0);
  }

  TEST_CASE("blocks in std::function, called and freed on another thread") {
    CHECK(ObjectsLeftBy([] {
            __block std::atomic<int>* calls = new std::atomic<int>(0);
            std::function<void()> function = ^{
              ++*calls;
            };
            std::thread([function] { function(); }).join();
            std::thread([moved = std::move(function)] { moved(); }).join();
            CHECK(*calls == 2);
            delete calls;
          }) == 0);
  }

  TEST_CASE("threads share a block") {
    CHECK(ObjectsLeftBy([] {
            NSObject* object = [NSObject new];
            NSUInteger (^block)(void) = ^{
              return object.hash;
            };
            std::vector<std::thread> threads;
            for (int i = 0; i < 4; i++) {
              threads.emplace_back([block] {
                for (int k = 0; k < 1000; k++) {
                  NSUInteger (^mine)(void) = block;
                  (void)mine();
                }
              });
            }
            for (std::thread& thread : threads) {
              thread.join();
            }
          }) == 0);
  }
}

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "test/testing.h"

namespace {

std::atomic<int> deallocations{0};

#if __has_feature(address_sanitizer)
constexpr const char* kUseAfterDeallocation = "heap-use-after-free";
#else
constexpr const char* kUseAfterDeallocation = "sent to a deallocated object";
#endif

// ThreadSanitizer only reports freed memory that another thread uses.
#if __has_feature(thread_sanitizer)
constexpr bool kFindsUseAfterDeallocation = false;
#else
constexpr bool kFindsUseAfterDeallocation = true;
#endif

bool IsUseAfterDeallocation(const std::string& words) {
  return words.find(kUseAfterDeallocation) != std::string::npos;
}

}  // namespace

@interface Counted : NSObject
@property(nonatomic, strong) id other;
@property(nonatomic, weak) id weak_other;
@end

@implementation Counted {
  std::shared_ptr<int> _shared;  // a C++ member
}
- (instancetype)initWithShared:(std::shared_ptr<int>)shared {
  if ((self = [super init])) {
    _shared = std::move(shared);
  }
  return self;
}
- (void)dealloc {
  deallocations++;
}
+ (Counted*)autoreleased {
  return [[Counted alloc] init];
}
@end

@interface Counted (Creation)
- (instancetype)initWithShared:(std::shared_ptr<int>)shared;
+ (Counted*)autoreleased;
@end

@interface LooksAtItself : NSObject {
 @public
  __weak id* _observed;
  bool* _was_nil;
}
@end

@implementation LooksAtItself
- (void)dealloc {
  *_was_nil = *_observed == nil;
  *_observed = self;  // too late
}
@end

@interface ReleasesItself : NSObject
@end

@implementation ReleasesItself
- (void)dealloc {
  (void)(__bridge_transfer id)(__bridge void*)self;
}
@end

TEST_SUITE("runtime: memory") {
  TEST_CASE("the last reference deallocates, and destroys C++ members") {
    deallocations = 0;
    auto shared = std::make_shared<int>(1);
    CHECK(ObjectsLeftBy([&] {
            Counted* counted = [[Counted alloc] initWithShared:shared];
            Counted* same = counted;
            CHECK(shared.use_count() == 2);
            counted = nil;
            CHECK(deallocations == 0);
            CHECK((same.other == nil));
            same = nil;
            CHECK(deallocations == 1);
          }) == 0);
    CHECK(shared.use_count() == 1);
  }

  TEST_CASE("a cycle of references is never deallocated, and live objects say so") {
    Counted* first = [Counted new];
    CHECK(ObjectsLeftBy([&] {
            Counted* second = [Counted new];
            first.other = second;
            second.other = first;
          }) == 1);
    first.other = nil;
  }

  TEST_CASE("deep chains") {
    CHECK(ObjectsLeftBy([] {
            Counted* last = nil;
            for (int i = 0; i < 1000; i++) {
              Counted* next = [Counted new];
              next.other = last;
              last = next;
            }
          }) == 0);
  }

  TEST_CASE("threads share an object") {
    deallocations = 0;
    CHECK(ObjectsLeftBy([] {
            Counted* counted = [Counted new];
            std::vector<std::thread> threads;
            for (int i = 0; i < 4; i++) {
              threads.emplace_back([counted] {
                for (int k = 0; k < 5000; k++) {
                  @autoreleasepool {
                    // Arrays really retain and release; for a local variable the compiler may not.
                    (void)[NSArray arrayWithObject:counted];
                  }
                }
              });
            }
            for (std::thread& thread : threads) {
              thread.join();
            }
            CHECK(deallocations == 0);
          }) == 0);
    CHECK(deallocations == 1);
  }

  TEST_CASE("autoreleased objects live until their pool is drained") {
    deallocations = 0;
    @autoreleasepool {
      __autoreleasing Counted* outer = [Counted new];
      @autoreleasepool {
        __autoreleasing Counted* inner = [Counted new];
        CHECK((inner && deallocations == 0));
      }
      CHECK((outer && deallocations == 1));
    }
    CHECK(deallocations == 2);
  }

  TEST_CASE("a pool is drained when an exception leaves it, or a later one is") {
    deallocations = 0;
    @autoreleasepool {
      @try {
        @autoreleasepool {
          __autoreleasing Counted* counted = [Counted new];
          (void)counted;
          [NSException raise:NSGenericException format:@"out"];
        }
      } @catch (NSException* exception) {
        (void)exception;
      }
    }
    CHECK(deallocations == 1);
  }

  TEST_CASE("a thread without a pool releases at its end") {
    deallocations = 0;
    bool lived = false;
    std::thread([&lived] {
      __autoreleasing Counted* counted = [Counted new];
      lived = counted && deallocations == 0;
    }).join();
    CHECK(lived);
    CHECK(deallocations == 1);
  }

  TEST_CASE("objects autoreleased by a thread's destructors are released") {
    deallocations = 0;
    struct AtEnd {
      ~AtEnd() {
        @autoreleasepool {
          __autoreleasing Counted* counted = [Counted new];
          (void)counted;
        }
      }
    };
    std::thread([] {
      static thread_local AtEnd before_the_pool;
      (void)&before_the_pool;
      __autoreleasing Counted* counted = [Counted new];
      (void)counted;
    }).join();
    CHECK(deallocations == 2);
  }

  TEST_CASE("weak references become nil") {
    __weak Counted* weak = nil;
    {
      Counted* strong = [Counted new];
      weak = strong;
      CHECK((weak == strong));
    }
    CHECK(weak == nil);
  }

  TEST_CASE("weak references are copied, moved, and end") {
    Counted* strong = [Counted new];
    auto weak = std::make_unique<std::vector<__weak Counted*>>();
    for (int i = 0; i < 10; i++) {
      weak->push_back(strong);  // moves what is there when it grows
    }
    __weak Counted* copy = (*weak)[3];
    weak.reset();
    CHECK((copy == strong));
    strong = nil;
    CHECK(copy == nil);
  }

  TEST_CASE("a weak reference to an object in dealloc is nil") {
    __weak id weak = nil;
    bool was_nil = false;
    {
      LooksAtItself* object = [LooksAtItself new];
      object->_observed = &weak;
      object->_was_nil = &was_nil;
      weak = object;
      CHECK(weak != nil);
    }
    CHECK(was_nil);
    CHECK((weak == nil));
  }

  TEST_CASE("weak references to static objects last") {
    __weak NSString* constant = @"a constant string";
    __weak NSString* tiny = @"tiny";
    CHECK([constant isEqualToString:@"a constant string"]);
    CHECK([tiny isEqualToString:@"tiny"]);
  }

  TEST_CASE("weak references are read while the object is deallocated by another thread") {
    for (int i = 0; i < 200; i++) {
      Counted* strong = [Counted new];
      __weak Counted* weak = strong;
      std::atomic<bool> go{false};
      std::thread reader([&] {
        while (!go) {
        }
        while (Counted* seen = weak) {
          (void)seen.other;
        }
      });
      go = true;
      strong = nil;
      reader.join();
      CHECK(weak == nil);
    }
  }

  TEST_CASE("weak properties") {
    Counted* owner = [Counted new];
    @autoreleasepool {
      Counted* other = [Counted new];
      owner.weak_other = other;
      CHECK((owner.weak_other == other));
    }
    CHECK((owner.weak_other == nil));
  }

  TEST_CASE("an object released too often is noticed" *
            doctest::skip(!kFindsUseAfterDeallocation)) {
    const std::string words = LastWordsOf([] {
      void* object = (__bridge_retained void*)[NSObject new];
      (void)(__bridge_transfer id)object;
      (void)(__bridge_transfer id)object;
    });
    INFO(words);
    CHECK(IsUseAfterDeallocation(words));
  }

  TEST_CASE("an object released too often while it is deallocated is noticed") {
    const std::string words = LastWordsOf([] { (void)[ReleasesItself new]; });
    INFO(words);
    CHECK(words.find("is released more often than it was retained") != std::string::npos);
  }

  TEST_CASE("a message to a deallocated object is noticed" *
            doctest::skip(!kFindsUseAfterDeallocation)) {
    const std::string words = LastWordsOf([] {
      __unsafe_unretained Counted* dangling = nil;
      {
        Counted* counted = [Counted new];
        dangling = counted;
      }
      // Without ARC's retain around it.
      void* pointer = (__bridge void*)dangling;
      (void)[(__bridge id)pointer hash];
    });
    INFO(words);
    CHECK(IsUseAfterDeallocation(words));
  }
}

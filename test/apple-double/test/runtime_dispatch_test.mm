#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "test/testing.h"

namespace {

struct Large {
  long values[6];
};

}  // namespace

@protocol Barking <NSObject>
- (int)bark;
@end

@protocol LoudlyBarking <Barking>
@end

@protocol Sleeping
@end

@interface Animal : NSObject {
 @public
  char _size;
  double _weight;
}
+ (NSString*)kingdom;
- (int)legs;
- (Large)large;
- (float)warmth;
@end

@interface Dog : Animal <LoudlyBarking> {
 @public
  int _age;
}
- (int)unimplemented;
@end

@interface Dog ()
@property(nonatomic) int hidden;
@end

@interface Animal (Naming)
- (NSString*)nameWithPrefix:(NSString*)prefix;
- (int)overriddenByCategory;
@end

@interface Dog (Sleeping) <Sleeping>
@end

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wincomplete-implementation"
#pragma clang diagnostic ignored "-Wobjc-protocol-method-implementation"

@implementation Animal
+ (NSString*)kingdom {
  return NSStringFromClass(self);
}
- (int)legs {
  return 4;
}
- (Large)large {
  return {{1, 2, 3, 4, 5, 6}};
}
- (float)warmth {
  return 36.5F;
}
- (int)overriddenByCategory {
  return 1;
}
@end

@implementation Animal (Naming)
- (NSString*)nameWithPrefix:(NSString*)prefix {
  return [prefix stringByAppendingString:[[self class] kingdom]];
}
- (int)overriddenByCategory {
  return 2;
}
@end

@implementation Dog
- (int)legs {
  return [super legs] + 100;
}
- (int)bark {
  return self.hidden;
}
@end

#pragma clang diagnostic pop

@implementation Dog (Sleeping)
@end

TEST_SUITE("runtime: dispatch") {
  TEST_CASE("methods are inherited and overridden") {
    Animal* animal = [Animal new];
    Dog* dog = [Dog new];
    CHECK([animal legs] == 4);
    CHECK([dog legs] == 104);
    CHECK([[Dog kingdom] isEqualToString:@"Dog"]);
    CHECK([[Animal kingdom] isEqualToString:@"Animal"]);
  }

  TEST_CASE("categories add methods, replace methods, and adopt protocols") {
    Dog* dog = [Dog new];
    CHECK([[dog nameWithPrefix:@"a "] isEqualToString:@"a Dog"]);
    CHECK([dog overriddenByCategory] == 2);
    CHECK([dog conformsToProtocol:@protocol(Sleeping)]);
    CHECK_FALSE([[Animal new] conformsToProtocol:@protocol(Sleeping)]);
  }

  TEST_CASE("class extensions add properties") {
    Dog* dog = [Dog new];
    dog.hidden = 7;
    CHECK([dog bark] == 7);
  }

  TEST_CASE("instance variables of a subclass do not overlap its superclass's") {
    Dog* dog = [Dog new];
    CHECK((dog->_size == 0 && dog->_weight == 0 && dog->_age == 0));
    CHECK(reinterpret_cast<std::uintptr_t>(&dog->_weight) % alignof(double) == 0);
    dog->_size = 1;
    dog->_weight = 2.5;
    dog->_age = -1;
    CHECK((dog->_size == 1 && dog->_weight == 2.5 && dog->_age == -1));
  }

  TEST_CASE("protocols are conformed to through superclasses and other protocols") {
    CHECK([Dog conformsToProtocol:@protocol(LoudlyBarking)]);
    CHECK([Dog conformsToProtocol:@protocol(Barking)]);
    CHECK([Dog conformsToProtocol:@protocol(NSObject)]);
    CHECK_FALSE([Animal conformsToProtocol:@protocol(Barking)]);
  }

  TEST_CASE("classes are asked about") {
    Dog* dog = [Dog new];
    CHECK([dog isKindOfClass:[Animal class]]);
    CHECK_FALSE([dog isMemberOfClass:[Animal class]]);
    CHECK([Dog isSubclassOfClass:[Animal class]]);
    CHECK_FALSE([Animal isSubclassOfClass:[Dog class]]);
    CHECK(([dog superclass] == [Animal class]));
    CHECK((objc_getClass("Dog") == [Dog class]));
    CHECK((objc_getClass("Cat") == Nil));
    CHECK([dog respondsToSelector:@selector(bark)]);
    CHECK_FALSE([dog respondsToSelector:@selector(unimplemented)]);
    CHECK([Animal instancesRespondToSelector:@selector(legs)]);
    CHECK_FALSE([Animal instancesRespondToSelector:@selector(bark)]);
    CHECK([Dog respondsToSelector:@selector(kingdom)]);
  }

  TEST_CASE("messages to nil return zero") {
    Animal* nobody = nil;
    CHECK([nobody legs] == 0);
    CHECK(([nobody nameWithPrefix:@"a"] == nil));
    CHECK([nobody warmth] == 0.0F);
    const Large large = [nobody large];
    CHECK((large.values[0] == 0 && large.values[5] == 0));
    CHECK([[Animal new] large].values[5] == 6);
    CHECK([[Animal new] warmth] == 36.5F);
  }

  TEST_CASE("an unrecognized selector raises") {
    std::string reason;
    @try {
      [[Dog new] unimplemented];
    } @catch (NSException* exception) {
      CHECK([exception.name isEqualToString:NSInvalidArgumentException]);
      reason = exception.reason.UTF8String;
    }
    CHECK(reason.starts_with("-[Dog unimplemented]: unrecognized selector sent to instance 0x"));
    @try {
      [(id)[Dog class] performSelector:@selector(bark)];
    } @catch (NSException* exception) {
      reason = exception.reason.UTF8String;
    }
    CHECK(reason.starts_with("+[Dog bark]: unrecognized selector sent to class 0x"));
  }

  TEST_CASE("selectors are performed by name") {
    CHECK([[[Dog new] performSelector:@selector(nameWithPrefix:)
                           withObject:@"the "] isEqualToString:@"the Dog"]);
    CHECK(sel_isEqual(sel_registerName("legs"), @selector(legs)));
  }

  TEST_CASE("threads send first messages to a class at once") {
    std::atomic<int> legs{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; i++) {
      threads.emplace_back([&legs] {
        for (int k = 0; k < 1000; k++) {
          legs += [[Dog new] legs];
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    CHECK(legs == 8 * 1000 * 104);
  }
}

#include <doctest/doctest.h>

#include <atomic>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "test/testing.h"

@interface SpecialException : NSException
@end

@implementation SpecialException
@end

namespace {

struct SetAtEnd {
  explicit SetAtEnd(bool* to_set) : flag(to_set) {}
  SetAtEnd(const SetAtEnd&) = delete;
  SetAtEnd& operator=(const SetAtEnd&) = delete;
  ~SetAtEnd() { *flag = true; }
  bool* flag;
};

[[gnu::noinline]] void RaiseThroughCpp(bool* destroyed) {
  const SetAtEnd at_end(destroyed);
  [NSException raise:NSGenericException format:@"through C++"];
}

}  // namespace

TEST_SUITE("runtime: exceptions") {
  TEST_CASE("C++ destructors run") {
    bool destroyed = false;
    bool caught = false;
    @try {
      RaiseThroughCpp(&destroyed);
    } @catch (NSException* exception) {
      caught = [exception.reason isEqualToString:@"through C++"];
    }
    CHECK(caught);
    CHECK(destroyed);
  }

  TEST_CASE("the first @catch that fits is taken") {
    std::string caught;
    @try {
      @throw [SpecialException exceptionWithName:@"a" reason:@"b" userInfo:nil];
    } @catch (NSString*) {
      caught = "string";
    } @catch (SpecialException*) {
      caught = "special";
    } @catch (NSException*) {
      caught = "exception";
    } @catch (...) {
      caught = "any";
    }
    CHECK(caught == "special");
    @try {
      @throw @"a string";
    } @catch (NSException*) {
      caught = "exception";
    } @catch (id object) {
      caught = [object UTF8String];
    }
    CHECK(caught == "a string");
    @try {
      @throw @"tiny";
    } @catch (NSString* string) {
      caught = string.UTF8String;
    }
    CHECK(caught == "tiny");
  }

  TEST_CASE("a class that does not fit lets the exception pass") {
    std::string caught;
    @try {
      @try {
        [NSException raise:NSGenericException format:@"x"];
      } @catch (SpecialException*) {
        caught = "inner";
      }
    } @catch (NSException*) {
      caught = "outer";
    }
    CHECK(caught == "outer");
  }

  TEST_CASE("catch (...) catches Objective-C's, @catch (...) catches C++'s") {
    bool caught = false;
    try {
      (void)@[ @1 ][3];
    } catch (...) {
      caught = true;
    }
    CHECK(caught);
    caught = false;
    @try {
      throw std::runtime_error("x");
    } @catch (...) {
      caught = true;
    }
    CHECK(caught);
  }

  TEST_CASE("neither catches the other's types") {
    std::string caught;
    try {
      @try {
        throw std::runtime_error("x");
      } @catch (NSException*) {
        caught = "NSException";
      } @catch (id) {
        caught = "id";
      }
    } catch (const std::exception& error) {
      caught = error.what();
    }
    CHECK(caught == "x");
    @try {
      try {
        [NSException raise:NSGenericException format:@"y"];
      } catch (const std::exception&) {
        caught = "std::exception";
      } catch (int) {
        caught = "int";
      }
    } @catch (NSException* exception) {
      caught = exception.reason.UTF8String;
    }
    CHECK(caught == "y");
  }

  TEST_CASE("@finally runs when nothing, Objective-C's or C++'s exceptions pass") {
    int finally_count = 0;
    @try {
      (void)finally_count;
    } @finally {
      finally_count++;
    }
    CHECK(finally_count == 1);
    @try {
      @try {
        [NSException raise:@"Name" format:@"reason"];
      } @finally {
        finally_count++;
      }
    } @catch (NSException* exception) {
      CHECK([exception.name isEqualToString:@"Name"]);
      finally_count += 10;
    }
    CHECK(finally_count == 12);
    try {
      @try {
        throw std::runtime_error("through @finally");
      } @finally {
        finally_count++;
      }
    } catch (const std::exception& error) {
      CHECK(std::string(error.what()) == "through @finally");
      finally_count += 10;
    }
    CHECK(finally_count == 23);
  }

  TEST_CASE("@finally after @catch, and nested") {
    std::string order;
    @try {
      @try {
        @try {
          [NSException raise:@"first" format:@"x"];
        } @catch (NSException*) {
          order += "catch ";
          [NSException raise:@"second" format:@"x"];
        } @finally {
          order += "inner ";
        }
      } @finally {
        order += "outer ";
      }
    } @catch (NSException* exception) {
      order += exception.name.UTF8String;
    }
    CHECK(order == "catch inner outer second");
  }

  TEST_CASE("@throw rethrows, and nothing leaks") {
    CHECK(ObjectsLeftBy([] {
            int catches = 0;
            @try {
              @try {
                @try {
                  [NSException raise:@"Name" format:@"a reason that is not tiny"];
                } @catch (NSException*) {
                  catches++;
                  @throw;
                }
              } @catch (...) {
                catches++;
                @throw;
              }
            } @catch (NSException* exception) {
              catches++;
              CHECK([exception.name isEqualToString:@"Name"]);
            }
            CHECK(catches == 3);
          }) == 0);
  }

  TEST_CASE("@throw rethrows C++'s exceptions") {
    std::string caught;
    try {
      @try {
        throw std::runtime_error("x");
      } @catch (...) {
        @throw;
      }
    } catch (const std::runtime_error& error) {
      caught = error.what();
    }
    CHECK(caught == "x");
  }

  TEST_CASE("throw; rethrows Objective-C's exceptions from C++") {
    std::string caught;
    @try {
      try {
        [NSException raise:@"Name" format:@"x"];
      } catch (...) {
        throw;
      }
    } @catch (NSException* exception) {
      caught = exception.name.UTF8String;
    }
    CHECK(caught == "Name");
  }

  TEST_CASE("std::exception_ptr carries them to other threads") {
    CHECK(ObjectsLeftBy([] {
            std::exception_ptr carried;
            std::thread([&carried] {
              try {
                [NSException raise:@"Carried" format:@"from a thread"];
              } catch (...) {
                carried = std::current_exception();
              }
            }).join();
            std::string caught;
            @try {
              std::rethrow_exception(carried);
            } @catch (NSException* exception) {
              caught = exception.reason.UTF8String;
            }
            CHECK(caught == "from a thread");
          }) == 0);
  }

  TEST_CASE("return and loops leave @try through @finally") {
    int finally_count = 0;
    const auto returns = [&finally_count]() -> int {
      for (int i = 0;; i++) {
        @try {
          if (i == 2) {
            return i;
          }
          continue;
        } @finally {
          finally_count++;
        }
      }
    };
    CHECK(returns() == 2);
    CHECK(finally_count == 3);
  }

  TEST_CASE("exceptions in many threads") {
    std::atomic<int> caught{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; i++) {
      threads.emplace_back([&caught] {
        for (int k = 0; k < 100; k++) {
          @autoreleasepool {
            @try {
              @try {
                [NSException raise:NSGenericException format:@"%d", k];
              } @finally {
                caught++;
              }
            } @catch (NSException*) {
              caught++;
            }
          }
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    CHECK(caught == 800);
  }
}

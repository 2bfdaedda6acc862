#pragma once

// What tests of the runtime and of Foundation share.

#import <Foundation/Foundation.h>

#include <string>

#include "runtime/live_objects.h"

// The name of the exception that a function raises; "nothing", if it raises none.
template <typename Function>
std::string NameRaisedBy(Function function) {
  @autoreleasepool {
    @try {
      function();
    } @catch (NSException* exception) {
      return exception.name.UTF8String;
    }
  }
  return "nothing";
}

// How many objects more there are after a function than before.
template <typename Function>
long ObjectsLeftBy(Function function) {
  const long before = LiveObjects();
  @autoreleasepool {
    function();
  }
  return LiveObjects() - before;
}

// What a child process that runs a function, and is expected to die of it, writes to its error
// stream; "survived", if it does not die.
std::string LastWordsOf(void (*function)());

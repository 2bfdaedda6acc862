#import <Foundation/NSObjCRuntime.h>

#include <cstdio>

#include "foundation/format.h"

void NSLog(NSString* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const std::string line = foundation::Format(format, arguments) + '\n';
  va_end(arguments);
  std::fputs(line.c_str(), stderr);
}

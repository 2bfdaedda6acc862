#pragma once

#import <Foundation/NSString.h>

#include <string>

namespace foundation {

// printf's conversions, and %@ for objects. Raises NSInvalidArgumentException for others, and for a
// format that is nil.
std::string Format(NSString* format, va_list arguments) NS_FORMAT_FUNCTION(1, 0);

}  // namespace foundation

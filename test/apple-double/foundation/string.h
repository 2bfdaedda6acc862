#pragma once

#import <Foundation/NSString.h>

#include <string>

namespace foundation {

std::string Utf8FromString(NSString* string);
NSString* StringFromUtf8(std::string utf8);

}  // namespace foundation

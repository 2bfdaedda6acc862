#pragma once

#import <Foundation/Foundation.h>

#include <string>

namespace apple_double {

inline std::string ToString(NSString* text) {
  const char* bytes = text.UTF8String;
  return bytes == nullptr ? std::string() : std::string(bytes);
}

inline NSString* ToNSString(const std::string& text) {
  return [NSString stringWithUTF8String:text.c_str()];
}

}  // namespace apple_double

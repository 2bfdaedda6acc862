#include "secure_coding.h"

#include <string>

namespace apple_double {

void RequireSecureCoding(id object, const char* what) {
  Class type = [(NSObject*)object class];
  const bool supported = [(NSObject*)object conformsToProtocol:@protocol(NSSecureCoding)] &&
                         [(NSObject*)object respondsToSelector:@selector(encodeWithCoder:)] &&
                         [type respondsToSelector:@selector(supportsSecureCoding)] &&
                         [(Class<NSSecureCoding>)type supportsSecureCoding];
  if (!supported) {
    RaiseInvalidArgument(std::string(what) + " of class " + class_getName(type) +
                         " does not support NSSecureCoding");
  }
}

}  // namespace apple_double

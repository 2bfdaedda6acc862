#pragma once

#import <Foundation/Foundation.h>

#include "../metal/raise.h"

// NSSecureCoding for classes of the double. There are no archives here; that the class says it can
// be coded is all that anybody asks.
// clang-format off
#define APPLE_DOUBLE_SECURE_CODING                                          \
  _Pragma("clang diagnostic push")                                          \
  _Pragma("clang diagnostic ignored \"-Wobjc-designated-initializers\"")    \
  + (BOOL)supportsSecureCoding {                                            \
    return YES;                                                             \
  }                                                                         \
  - (void)encodeWithCoder:(NSCoder*)coder {                                 \
    apple_double::RaiseInconsistency("the double does not archive");        \
  }                                                                         \
  - (instancetype)initWithCoder:(NSCoder*)coder {                           \
    apple_double::RaiseInconsistency("the double does not archive");        \
  }                                                                         \
  _Pragma("clang diagnostic pop")
// clang-format on

namespace apple_double {

// Padding policies, allocators and handles "must" support NSSecureCoding (MPSNeuralNetworkTypes.h,
// MPSImage.h, MPSNNGraphNodes.h): raises when an object's class does not.
void RequireSecureCoding(id object, const char* what);

}  // namespace apple_double

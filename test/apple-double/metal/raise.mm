#include "raise.h"

#import <Foundation/Foundation.h>

namespace apple_double {

void RaiseInvalidArgument(const std::string& reason) {
  [NSException raise:NSInvalidArgumentException format:@"%s", reason.c_str()];
  std::abort();  // raise:format: does not return
}

void RaiseInconsistency(const std::string& reason) {
  [NSException raise:NSInternalInconsistencyException format:@"%s", reason.c_str()];
  std::abort();
}

}  // namespace apple_double

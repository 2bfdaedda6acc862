#pragma once

#import <Foundation/Foundation.h>

#include "core/error.h"

namespace mobilenet::metal {

// What an error of a command buffer means to a caller: kOutOfMemory where the GPU's memory did not
// suffice, else kDeviceLost.
Error ErrorOfCommands(NSError* error);

}  // namespace mobilenet::metal

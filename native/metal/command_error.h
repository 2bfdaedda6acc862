#pragma once

#import <Metal/Metal.h>

#include <optional>

#include "core/error.h"

namespace mobilenet::metal {

// How a command buffer that has ended failed, if it did: kOutOfMemory where the GPU's memory did
// not suffice, else kDeviceLost. For completion handlers: any thread, nothing is thrown.
std::optional<Error> ErrorOfCommands(id<MTLCommandBuffer> ended) noexcept;

}  // namespace mobilenet::metal

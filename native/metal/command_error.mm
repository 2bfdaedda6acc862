#include "metal/command_error.h"

#import <Metal/Metal.h>

#include <string>

#include "metal/guarded.h"

namespace mobilenet::metal {

Error ErrorOfCommands(NSError* error) {
  const bool from_metal = [error.domain isEqualToString:MTLCommandBufferErrorDomain];
  const std::string reason = ToText(error.localizedDescription) + " (" + ToText(error.domain) +
                             ", code " + std::to_string(error.code) + ")";
  if (from_metal && error.code == MTLCommandBufferErrorOutOfMemory) {
    return {ErrorCode::kOutOfMemory, "the GPU ran out of memory while a frame ran: " + reason};
  }
  return {ErrorCode::kDeviceLost, "the GPU did not finish a frame: " + reason};
}

}  // namespace mobilenet::metal

#include "metal/command_error.h"

#import <Foundation/Foundation.h>

#include <new>
#include <string>

#include "metal/guarded.h"

namespace mobilenet::metal {
namespace {

Error Explain(NSError* error) {
  const bool from_metal = [error.domain isEqualToString:MTLCommandBufferErrorDomain];
  const std::string reason = ToText(error.localizedDescription) + " (" + ToText(error.domain) +
                             ", code " + std::to_string(error.code) + ")";
  if (from_metal && error.code == MTLCommandBufferErrorOutOfMemory) {
    return {ErrorCode::kOutOfMemory, "the GPU ran out of memory while a frame ran: " + reason};
  }
  return {ErrorCode::kDeviceLost, "the GPU did not finish a frame: " + reason};
}

}  // namespace

std::optional<Error> ErrorOfCommands(id<MTLCommandBuffer> ended) noexcept {
  if (ended.status != MTLCommandBufferStatusError) {
    return std::nullopt;
  }
  std::optional<Error> error;
  GuardedTeardown([&] { error.emplace(Explain(ended.error)); });
  return error ? error : Error(ErrorCode::kDeviceLost, "the GPU did not finish a frame");
}

}  // namespace mobilenet::metal

#include "metal/shared_buffer.h"

#include <string>
#include <vector>

#include "core/error.h"
#include "metal/kernels/parameters.h"

namespace mobilenet::metal {
namespace {

id<MTLBuffer> Check(id<MTLBuffer> buffer, size_t bytes) {
  if (buffer == nil) {
    throw Error(ErrorCode::kOutOfMemory,
                "the GPU has no memory for " + std::to_string(bytes) + " bytes");
  }
  return buffer;
}

}  // namespace

id<MTLBuffer> MakeSharedBuffer(id<MTLDevice> device, std::span<const std::byte> bytes) {
  return Check([device newBufferWithBytes:bytes.data()
                                   length:bytes.size()
                                  options:MTLResourceStorageModeShared],
               bytes.size());
}

id<MTLBuffer> MakeSharedBuffer(id<MTLDevice> device, size_t bytes) {
  return Check([device newBufferWithLength:bytes options:MTLResourceStorageModeShared], bytes);
}

id<MTLBuffer> MakeTapBuffer(id<MTLDevice> device, std::span<const BilinearTap> taps) {
  std::vector<mobilenet_kernels::Tap> converted;
  converted.reserve(taps.size());
  for (const auto& [lower, upper, lerp] : taps) {
    converted.push_back({lower, upper, lerp});
  }
  return MakeSharedBuffer(device, std::as_bytes(std::span(converted)));
}

}  // namespace mobilenet::metal

#include "metal/shared_buffer.h"

#include <algorithm>
#include <string>

#include "core/error.h"
#include "metal/kernels/parameters.h"

namespace mobilenet::metal {
namespace {

using mobilenet_kernels::Tap;

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

id<MTLBuffer> MakeTapBuffer(id<MTLDevice> device, size_t taps) {
  return MakeSharedBuffer(device, taps * sizeof(Tap));
}

id<MTLBuffer> MakeTapBuffer(id<MTLDevice> device, std::span<const BilinearTap> taps) {
  id<MTLBuffer> buffer = MakeTapBuffer(device, taps.size());
  CopyTaps(taps, buffer);
  return buffer;
}

void CopyTaps(std::span<const BilinearTap> taps, id<MTLBuffer> buffer) {
  std::transform(taps.begin(), taps.end(), ContentsOf<Tap>(buffer).first(taps.size()).begin(),
                 [](const BilinearTap& tap) { return Tap{tap.lower, tap.upper, tap.lerp}; });
}

}  // namespace mobilenet::metal

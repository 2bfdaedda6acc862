#include "metal/kernel_call.h"

#include <algorithm>

#include "core/error.h"

namespace mobilenet::metal {
namespace {

size_t DivideUp(size_t dividend, size_t divisor) { return (dividend + divisor - 1) / divisor; }

}  // namespace

KernelCall::KernelCall(id<MTLCommandBuffer> commands, id<MTLComputePipelineState> pipeline)
    : pipeline_(pipeline), encoder_([commands computeCommandEncoder]) {
  if (encoder_ == nil) {
    throw Error(ErrorCode::kDeviceLost, "Metal gave no command encoder");
  }
  [encoder_ setComputePipelineState:pipeline];
}

KernelCall::~KernelCall() { [encoder_ endEncoding]; }

KernelCall& KernelCall::Texture(id<MTLTexture> texture) {
  [encoder_ setTexture:texture atIndex:textures_++];
  return *this;
}

KernelCall& KernelCall::Buffer(id<MTLBuffer> buffer) {
  [encoder_ setBuffer:buffer offset:0 atIndex:buffers_++];
  return *this;
}

KernelCall& KernelCall::Bytes(const void* bytes, size_t length) {
  [encoder_ setBytes:bytes length:length atIndex:buffers_++];
  return *this;
}

void KernelCall::Run(size_t width, size_t height, size_t depth) {
  const size_t most = pipeline_.maxTotalThreadsPerThreadgroup;
  // Lines of pixels as wide as the GPU works on at once, a few of them where there are several.
  const size_t group_width = std::min<size_t>(pipeline_.threadExecutionWidth, most);
  const size_t group_height =
      std::min(std::max<size_t>(most / group_width, 1), std::min<size_t>(height, 8));
  [encoder_ dispatchThreadgroups:MTLSizeMake(DivideUp(width, group_width),
                                             DivideUp(height, group_height), depth)
           threadsPerThreadgroup:MTLSizeMake(group_width, group_height, 1)];
}

}  // namespace mobilenet::metal

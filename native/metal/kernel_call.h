#pragma once

#import <Metal/Metal.h>

#include <cstddef>

namespace mobilenet::metal {

// One run of a kernel, as a part of a command buffer. Textures and buffers are bound in the order
// they are given, each counted from 0:
//
//   KernelCall(commands, pipeline).Texture(image).Buffer(values).Parameters(sizes).Run(8, 8);
class KernelCall {
 public:
  KernelCall(id<MTLCommandBuffer> commands, id<MTLComputePipelineState> pipeline);
  KernelCall(const KernelCall&) = delete;
  KernelCall& operator=(const KernelCall&) = delete;
  ~KernelCall();  // ends the encoding, whether it was run or not

  KernelCall& Texture(id<MTLTexture> texture);
  KernelCall& Buffer(id<MTLBuffer> buffer);
  // A copy of a few small numbers.
  template <typename Struct>
  KernelCall& Parameters(const Struct& parameters) {
    static_assert(sizeof(Struct) <= kMostBytes);
    return Bytes(&parameters, sizeof(Struct));
  }

  // Runs as many threads, and some beyond: kernels check where they are.
  void Run(size_t width, size_t height = 1, size_t depth = 1);

 private:
  static constexpr size_t kMostBytes = 4096;  // what setBytes takes

  KernelCall& Bytes(const void* bytes, size_t length);

  id<MTLComputePipelineState> pipeline_;
  id<MTLComputeCommandEncoder> encoder_;
  size_t textures_ = 0;
  size_t buffers_ = 0;
};

}  // namespace mobilenet::metal

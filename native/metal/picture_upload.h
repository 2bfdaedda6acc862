#pragma once

#import <Metal/Metal.h>
#import <MetalPerformanceShaders/MetalPerformanceShaders.h>

#include "core/placement.h"
#include "core/request.h"
#include "metal/gathered_picture.h"
#include "metal/kernel_library.h"

namespace mobilenet::metal {

// Takes pictures to a network's input: a texture for the pixels that sampling reads, which is of
// the same size whatever the picture, and the taps. Of one frame at a time.
class PictureUpload {
 public:
  // Throws kUnsupportedOperation for an input too large for a texture, kOutOfMemory.
  PictureUpload(id<MTLDevice> device, const Preprocessing& preprocessing);

  // Copies what is needed of a frame, whose pixels may go afterwards.
  void Take(const Frame& frame);
  // Adds the sampling of the frame to a command buffer: what was taken becomes the input.
  void Encode(id<MTLCommandBuffer> commands, KernelLibrary& kernels, MPSImage* input) const;

 private:
  const Preprocessing preprocessing_;
  id<MTLTexture> texture_;
  id<MTLBuffer> rows_;
  id<MTLBuffer> columns_;
  GatheredPicture gathered_;
};

}  // namespace mobilenet::metal

#pragma once

#import <MetalPerformanceShaders/MPSImage.h>

#include <memory>
#include <string>

#include "../metal/command_buffer.h"
#include "../metal/texture.h"
#include "compute_image_texels.h"

@interface MPSImage ()
// Describes an image whose texture is made when it is needed.
- (instancetype)initLazilyWithDevice:(AppleDoubleDevice*)device
                     imageDescriptor:(const MPSImageDescriptor*)imageDescriptor;
- (MTLTextureDescriptor*)textureDescriptor;
// The texture, made now if need be; raises when there is no memory.
- (AppleDoubleTexture*)allocatedTexture;
// For subclasses. Nil when there is no memory.
- (AppleDoubleTexture*)makeTexture;
// Raises when the image cannot be read or written by what is encoded on this command buffer.
- (void)requireUsableOn:(AppleDoubleCommandBuffer*)commandBuffer;
- (std::string)name;
@end

@interface MPSTemporaryImage () <AppleDoubleTemporary>
// One reader less; the memory goes back when it was the last.
- (void)countRead;
@end

namespace apple_double {

// The double's command buffer behind what MPS is given: itself, or an MPSCommandBuffer's.
AppleDoubleCommandBuffer* RootCommandBuffer(id<MTLCommandBuffer> command_buffer);

// An image as an encoded kernel keeps it: the channels it uses, the texture they are in.
struct ImageAccess {
  AppleDoubleTexture* texture;
  ImageTexels texels;  // without bytes

  // When the kernel runs.
  ImageTexels Texels() const;
};

// The channels [channel_offset, channel_offset + channels); the offset is a multiple of 4.
ImageAccess ReadAccess(MPSImage* image, AppleDoubleCommandBuffer* command_buffer,
                       size_t channel_offset, size_t channels);
ImageAccess WriteAccess(MPSImage* image, AppleDoubleCommandBuffer* command_buffer,
                        size_t channel_offset, size_t channels);

}  // namespace apple_double

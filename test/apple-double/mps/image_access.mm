#include <string>

#import <MetalPerformanceShaders/MPSCommandBuffer.h>
#include "../metal/raise.h"
#include "image_internal.h"

namespace apple_double {

namespace {

ChannelType TypeOf(MPSImage* image) {
  switch (image.featureChannelFormat) {
    case MPSImageFeatureChannelFormatFloat16:
      return ChannelType::kFloat16;
    case MPSImageFeatureChannelFormatFloat32:
      return ChannelType::kFloat32;
    case MPSImageFeatureChannelFormatUnorm8:
      return ChannelType::kUnorm8;
    case MPSImageFeatureChannelFormatUnorm16:
      return ChannelType::kUnorm16;
    case MPSImageFeatureChannelFormatNone:
      break;
  }
  RaiseInvalidArgument("MPSImage " + [image name] + ": no kernel takes its pixel format");
}

ImageAccess Access(MPSImage* image, AppleDoubleCommandBuffer* command_buffer,
                   MTLTextureUsage needed, size_t channel_offset, size_t channels) {
  [image requireUsableOn:command_buffer];
  const std::string name = "MPSImage " + [image name];
  if (image.numberOfImages != 1) {
    RaiseInvalidArgument(name + ": kernels of the double take images one by one");
  }
  if (image.usage != MTLTextureUsageUnknown && (image.usage & needed) == 0) {
    RaiseInvalidArgument(name + ": its usage does not allow this");
  }
  // MPSCNNKernel.h: offsets "shall be a multiple of 4".
  if (channel_offset % 4 != 0 || channel_offset + channels > image.featureChannels) {
    RaiseInvalidArgument(name + ": has too few feature channels");
  }
  AppleDoubleTexture* texture = [image allocatedTexture];
  return {texture,
          {nullptr, image.width, image.height, channels, channel_offset / 4,
           [texture format].components, TypeOf(image)}};
}

}  // namespace

AppleDoubleCommandBuffer* RootCommandBuffer(id<MTLCommandBuffer> command_buffer) {
  id<MTLCommandBuffer> root = command_buffer;
  while ([(NSObject*)root isKindOfClass:[MPSCommandBuffer class]]) {
    root = ((MPSCommandBuffer*)root).commandBuffer;
  }
  if (![(NSObject*)root isKindOfClass:[AppleDoubleCommandBuffer class]]) {
    RaiseInvalidArgument("this is not a command buffer");
  }
  return (AppleDoubleCommandBuffer*)root;
}

ImageTexels ImageAccess::Texels() const {
  ImageTexels with_bytes = texels;
  with_bytes.bytes = [texture view].texels;
  return with_bytes;
}

ImageAccess ReadAccess(MPSImage* image, AppleDoubleCommandBuffer* command_buffer,
                       size_t channel_offset, size_t channels) {
  const ImageAccess access =
      Access(image, command_buffer, MTLTextureUsageShaderRead, channel_offset, channels);
  [command_buffer noteRead:[access.texture storage]];
  return access;
}

ImageAccess WriteAccess(MPSImage* image, AppleDoubleCommandBuffer* command_buffer,
                        size_t channel_offset, size_t channels) {
  const ImageAccess access =
      Access(image, command_buffer, MTLTextureUsageShaderWrite, channel_offset, channels);
  [command_buffer noteWrite:[access.texture storage]];
  return access;
}

}  // namespace apple_double

#include "metal/picture_upload.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/error.h"
#include "metal/image_limits.h"
#include "metal/kernel_call.h"
#include "metal/kernels/parameters.h"
#include "metal/shared_buffer.h"

namespace mobilenet::metal {
namespace {

using mobilenet_kernels::SamplingParameters;

// Each row of the input lies between two of the picture's.
constexpr int32_t kRowsRead = 2;
constexpr NSUInteger kBytesPerPixel = 4;

id<MTLTexture> MakeTexture(id<MTLDevice> device, Extent input) {
  if (std::max(input.height, input.width) > kMostTextureSide / kRowsRead) {
    throw Error(ErrorCode::kUnsupportedOperation, "an input of " + std::to_string(input.width) +
                                                      "x" + std::to_string(input.height) +
                                                      " pixels is too large for the GPU");
  }
  // Numbers from 0 to 255, as they are: fractions would have to be rounded back.
  MTLTextureDescriptor* descriptor = [MTLTextureDescriptor
      texture2DDescriptorWithPixelFormat:MTLPixelFormatRGBA8Uint
                                   width:static_cast<NSUInteger>(input.width * kRowsRead)
                                  height:static_cast<NSUInteger>(input.height * kRowsRead)
                               mipmapped:NO];
  descriptor.usage = MTLTextureUsageShaderRead;
  // Unified memory does not suffice: Intel's integrated GPUs have that, and no shared textures.
  descriptor.storageMode =
      [device supportsFamily:MTLGPUFamilyApple1] ? MTLStorageModeShared : MTLStorageModeManaged;
  id<MTLTexture> texture = [device newTextureWithDescriptor:descriptor];
  if (texture == nil) {
    throw Error(ErrorCode::kOutOfMemory, "the GPU has no memory for a picture");
  }
  return texture;
}

}  // namespace

PictureUpload::PictureUpload(id<MTLDevice> device, const Preprocessing& preprocessing)
    : preprocessing_(preprocessing),
      texture_(MakeTexture(device, preprocessing.size)),
      rows_(MakeTapBuffer(device, static_cast<size_t>(preprocessing.size.height))),
      columns_(MakeTapBuffer(device, static_cast<size_t>(preprocessing.size.width))) {}

void PictureUpload::Take(const Frame& frame) {
  gathered_ =
      Gather(frame.picture, frame.region, frame.rotation, preprocessing_, std::move(gathered_));
  const auto width = static_cast<NSUInteger>(gathered_.size.width);
  const auto height = static_cast<NSUInteger>(gathered_.size.height);
  [texture_ replaceRegion:MTLRegionMake2D(0, 0, width, height)
              mipmapLevel:0
                withBytes:gathered_.pixels.data()
              bytesPerRow:width * kBytesPerPixel];
  CopyTaps(gathered_.rows, rows_);
  CopyTaps(gathered_.columns, columns_);
}

void PictureUpload::Encode(id<MTLCommandBuffer> commands, KernelLibrary& kernels,
                           MPSImage* input) const {
  const auto& [size, resize, fraction, align, half_pixel, pad_value, scale, offset] =
      preprocessing_;
  SamplingParameters parameters{};
  parameters.width = static_cast<uint32_t>(size.width);
  parameters.height = static_cast<uint32_t>(size.height);
  parameters.content_width = static_cast<uint32_t>(gathered_.content.width);
  parameters.content_height = static_cast<uint32_t>(gathered_.content.height);
  for (size_t c = 0; c < scale.size(); ++c) {
    parameters.scale[c] = scale[c];
    parameters.offset[c] = offset[c];
    parameters.padding[c] = pad_value[c] * scale[c] + offset[c];
  }
  KernelCall(commands, kernels.Pipeline(Kernel::kSamplePicture))
      .Texture(texture_)
      .Texture(input.texture)
      .Parameters(parameters)
      .Buffer(rows_)
      .Buffer(columns_)
      .Run(parameters.width, parameters.height);
}

}  // namespace mobilenet::metal

#include <cstring>
#include <vector>

#include "../metal/poison.h"
#include "../metal/raise.h"
#include "../metal/text.h"
#include "allocators.h"
#include "compute_vector_kernels.h"
#include "image_internal.h"

using apple_double::ComponentType;
using apple_double::DescribePixelFormat;
using apple_double::kGarbage;
using apple_double::PixelFormat;
using apple_double::RaiseInconsistency;
using apple_double::RaiseInvalidArgument;
using apple_double::Storage;

namespace {

NSUInteger SlicesFor(NSUInteger channels) { return (channels + 3) / 4; }

MPSImageFeatureChannelFormat ChannelFormatOf(const PixelFormat& format) {
  switch (format.type) {
    case ComponentType::kFloat16:
      return MPSImageFeatureChannelFormatFloat16;
    case ComponentType::kFloat32:
      return MPSImageFeatureChannelFormatFloat32;
    case ComponentType::kUnorm8:
      return MPSImageFeatureChannelFormatUnorm8;
    case ComponentType::kUnorm16:
      return MPSImageFeatureChannelFormatUnorm16;
    default:
      return MPSImageFeatureChannelFormatNone;
  }
}

// A component that holds kGarbage, as far as its type can.
void WriteGarbage(const PixelFormat& format, std::byte* component) {
  const auto write = [component](auto value) { std::memcpy(component, &value, sizeof value); };
  switch (format.type) {
    case ComponentType::kFloat16:
      return write(static_cast<_Float16>(kGarbage));
    case ComponentType::kFloat32:
      return write(kGarbage);
    default:
      std::memset(component, apple_double::kPoison, format.component_bytes);
  }
}

}  // namespace

@implementation MPSImage {
  AppleDoubleDevice* _device;
  AppleDoubleTexture* _texture;
  MPSImageDescriptor* _descriptor;
}

@synthesize label = _label;

+ (id<MPSImageAllocator>)defaultAllocator {
  return apple_double::DefaultImageAllocator();
}

- (instancetype)initWithDevice:(id<MTLDevice>)device
               imageDescriptor:(const MPSImageDescriptor*)imageDescriptor {
  apple_double::StateOf(device);
  return [self initLazilyWithDevice:(AppleDoubleDevice*)device imageDescriptor:imageDescriptor];
}

- (instancetype)initLazilyWithDevice:(AppleDoubleDevice*)device
                     imageDescriptor:(const MPSImageDescriptor*)imageDescriptor {
  if ((self = [super init])) {
    _device = device;
    _descriptor = [(MPSImageDescriptor*)imageDescriptor copy];
    [self requireValidDescriptor];
  }
  return self;
}

- (void)requireValidDescriptor {
  if (_descriptor.pixelFormat == MTLPixelFormatInvalid) {
    RaiseInvalidArgument("MPSImageDescriptor: there is no channelFormat");
  }
  if (_descriptor.width == 0 || _descriptor.height == 0 || _descriptor.featureChannels == 0 ||
      _descriptor.numberOfImages == 0) {
    RaiseInvalidArgument("MPSImageDescriptor: an image of nothing");
  }
  // Metal feature set tables: the most slices of an array.
  constexpr NSUInteger kMostSlices = 2048;
  if (SlicesFor(_descriptor.featureChannels) * _descriptor.numberOfImages > kMostSlices) {
    RaiseInvalidArgument("MPSImageDescriptor: more than 2048 slices");
  }
}

- (instancetype)initWithTexture:(id<MTLTexture>)texture
                featureChannels:(NSUInteger)featureChannels {
  if ((self = [super init])) {
    _texture = (AppleDoubleTexture*)texture;
    _device = (AppleDoubleDevice*)texture.device;
    const PixelFormat format = DescribePixelFormat(texture.pixelFormat);
    const NSUInteger slices = SlicesFor(featureChannels);
    // MPSImage.h, initWithTexture:featureChannels:.
    if (featureChannels == 0 || texture.arrayLength % slices != 0 ||
        (texture.textureType == MTLTextureType2D && slices > 1) ||
        format.components < (featureChannels < 4 ? featureChannels : 4)) {
      RaiseInvalidArgument("initWithTexture: the texture cannot hold that many featureChannels");
    }
    _descriptor = [MPSImageDescriptor imageDescriptorWithChannelFormat:ChannelFormatOf(format)
                                                                 width:texture.width
                                                                height:texture.height
                                                       featureChannels:featureChannels
                                                        numberOfImages:texture.arrayLength / slices
                                                                 usage:texture.usage];
  }
  return self;
}

- (id<MTLDevice>)device {
  return _device;
}

- (NSUInteger)width {
  return _descriptor.width;
}

- (NSUInteger)height {
  return _descriptor.height;
}

- (NSUInteger)featureChannels {
  return _descriptor.featureChannels;
}

- (NSUInteger)numberOfImages {
  return _descriptor.numberOfImages;
}

- (MTLTextureUsage)usage {
  return _descriptor.usage;
}

- (MPSImageFeatureChannelFormat)featureChannelFormat {
  return _descriptor.channelFormat;
}

- (MTLPixelFormat)pixelFormat {
  return _texture != nil ? _texture.pixelFormat : _descriptor.pixelFormat;
}

- (MTLTextureType)textureType {
  return _texture != nil ? _texture.textureType : [self textureDescriptor].textureType;
}

- (NSUInteger)precision {
  switch (_descriptor.channelFormat) {
    case MPSImageFeatureChannelFormatUnorm8:
      return 8;
    case MPSImageFeatureChannelFormatUnorm16:
      return 16;
    case MPSImageFeatureChannelFormatFloat16:
      return 11;
    case MPSImageFeatureChannelFormatFloat32:
      return 24;
    case MPSImageFeatureChannelFormatNone:
      break;
  }
  return 0;
}

- (size_t)pixelSize {
  return DescribePixelFormat(self.pixelFormat).TexelBytes();
}

- (NSUInteger)resourceSize {
  return [AppleDoubleTexture bytesForDescriptor:[self textureDescriptor]];
}

- (std::string)name {
  return self.label == nil ? "(no label)" : apple_double::ToString(self.label);
}

// MPSImage.h: a 2D texture when one slice is enough, else an array.
- (MTLTextureDescriptor*)textureDescriptor {
  MTLTextureDescriptor* descriptor = [[MTLTextureDescriptor alloc] init];
  const NSUInteger slices = SlicesFor(_descriptor.featureChannels) * _descriptor.numberOfImages;
  descriptor.textureType = slices > 1 ? MTLTextureType2DArray : MTLTextureType2D;
  descriptor.pixelFormat = _descriptor.pixelFormat;
  descriptor.width = _descriptor.width;
  descriptor.height = _descriptor.height;
  descriptor.arrayLength = slices;
  descriptor.usage = _descriptor.usage;
  descriptor.storageMode = _descriptor.storageMode;
  return descriptor;
}

- (AppleDoubleTexture*)makeTexture {
  return [AppleDoubleTexture newTextureWithDevice:_device descriptor:[self textureDescriptor]];
}

- (AppleDoubleTexture*)allocatedTexture {
  if (_texture == nil) {
    _texture = [self makeTexture];
    if (_texture == nil) {
      RaiseInconsistency("MPSImage " + [self name] + ": there is no memory for its texture");
    }
    _texture.label = self.label;
  }
  return _texture;
}

- (id<MTLTexture>)texture {
  return [self allocatedTexture];
}

- (void)requireUsableOn:(AppleDoubleCommandBuffer*)commandBuffer {
  if (_device != commandBuffer.device) {
    RaiseInvalidArgument("MPSImage " + [self name] + " belongs to another device");
  }
}

- (void)synchronizeOnCommandBuffer:(id<MTLCommandBuffer>)commandBuffer {
  AppleDoubleCommandBuffer* root = apple_double::RootCommandBuffer(commandBuffer);
  [root requireEncodable];
  [self requireUsableOn:root];
  // Does nothing where there is nothing to do: shared and private textures.
  const auto storage = [[self allocatedTexture] storage];
  if (storage->GetMode() == Storage::Mode::kManaged) {
    [root noteWrite:storage];
    [root appendOperation:[storage] { storage->CopyToCpu(); }];
  }
}

#pragma mark Access of the CPU

- (MTLRegion)wholeRegion {
  return MTLRegionMake3D(0, 0, 0, self.width, self.height, 1);
}

- (void)requireRegion:(MTLRegion)region
               params:(MPSImageReadWriteParams)params
               layout:(MPSDataLayout)layout
          bytesPerRow:(NSUInteger)bytesPerRow
           imageIndex:(NSUInteger)imageIndex {
  const NSUInteger channels = params.numberOfFeatureChannelsToReadWrite;
  const NSUInteger component = DescribePixelFormat(self.pixelFormat).component_bytes;
  if (imageIndex >= self.numberOfImages || region.origin.z != 0 || region.size.depth != 1) {
    RaiseInvalidArgument("MPSImage " + [self name] + ": there is no such image");
  }
  // MPSImage.h, MPSImageReadWriteParams.
  if (params.featureChannelOffset % 4 != 0 || channels == 0 ||
      (params.featureChannelOffset != 0 && channels % 4 != 0) ||
      params.featureChannelOffset + channels > self.featureChannels) {
    RaiseInvalidArgument("MPSImage " + [self name] + ": these feature channels do not exist");
  }
  const NSUInteger numbers = layout == MPSDataLayoutHeightxWidthxFeatureChannels ? channels : 1;
  if (bytesPerRow < region.size.width * numbers * component) {
    RaiseInvalidArgument("MPSImage " + [self name] + ": bytesPerRow is less than a row");
  }
}

// Where a channel of a pixel lies in the caller's array.
static size_t PlaceInArray(MPSDataLayout layout, MTLRegion region, NSUInteger bytesPerRow,
                           NSUInteger channels, size_t component, size_t y, size_t x,
                           size_t channel) {
  if (layout == MPSDataLayoutHeightxWidthxFeatureChannels) {
    return y * bytesPerRow + (x * channels + channel) * component;
  }
  return (channel * region.size.height + y) * bytesPerRow + x * component;
}

- (void)readBytes:(void*)dataBytes
            dataLayout:(MPSDataLayout)dataLayout
           bytesPerRow:(NSUInteger)bytesPerRow
                region:(MTLRegion)region
    featureChannelInfo:(MPSImageReadWriteParams)params
            imageIndex:(NSUInteger)imageIndex {
  [self requireRegion:region
               params:params
               layout:dataLayout
          bytesPerRow:bytesPerRow
           imageIndex:imageIndex];
  const PixelFormat format = DescribePixelFormat(self.pixelFormat);
  const size_t component = format.component_bytes;
  const NSUInteger channels = params.numberOfFeatureChannelsToReadWrite;
  const size_t row_bytes = region.size.width * format.TexelBytes();
  std::vector<std::byte> texels(row_bytes * region.size.height);
  for (NSUInteger channel = 0; channel < channels; channel += 4) {
    [[self allocatedTexture] getBytes:texels.data()
                          bytesPerRow:row_bytes
                        bytesPerImage:0
                           fromRegion:region
                          mipmapLevel:0
                                slice:imageIndex * SlicesFor(self.featureChannels) +
                                      (params.featureChannelOffset + channel) / 4];
    for (size_t y = 0; y < region.size.height; ++y) {
      for (size_t x = 0; x < region.size.width; ++x) {
        for (size_t i = channel; i < channels && i < channel + 4; ++i) {
          std::memcpy(
              static_cast<std::byte*>(dataBytes) +
                  PlaceInArray(dataLayout, region, bytesPerRow, channels, component, y, x, i),
              texels.data() + y * row_bytes + x * format.TexelBytes() + (i - channel) * component,
              component);
        }
      }
    }
  }
}

- (void)writeBytes:(const void*)dataBytes
            dataLayout:(MPSDataLayout)dataLayout
           bytesPerRow:(NSUInteger)bytesPerRow
                region:(MTLRegion)region
    featureChannelInfo:(MPSImageReadWriteParams)params
            imageIndex:(NSUInteger)imageIndex {
  [self requireRegion:region
               params:params
               layout:dataLayout
          bytesPerRow:bytesPerRow
           imageIndex:imageIndex];
  const PixelFormat format = DescribePixelFormat(self.pixelFormat);
  const size_t component = format.component_bytes;
  const NSUInteger channels = params.numberOfFeatureChannelsToReadWrite;
  const size_t row_bytes = region.size.width * format.TexelBytes();
  std::vector<std::byte> texels(row_bytes * region.size.height);
  for (NSUInteger channel = 0; channel < channels; channel += 4) {
    for (size_t y = 0; y < region.size.height; ++y) {
      for (size_t x = 0; x < region.size.width; ++x) {
        for (size_t i = channel; i < channel + format.components; ++i) {
          std::byte* to =
              texels.data() + y * row_bytes + x * format.TexelBytes() + (i - channel) * component;
          if (i < channels) {
            std::memcpy(
                to,
                static_cast<const std::byte*>(dataBytes) +
                    PlaceInArray(dataLayout, region, bytesPerRow, channels, component, y, x, i),
                component);
          } else {
            WriteGarbage(format, to);
          }
        }
      }
    }
    [[self allocatedTexture] replaceRegion:region
                               mipmapLevel:0
                                     slice:imageIndex * SlicesFor(self.featureChannels) +
                                           (params.featureChannelOffset + channel) / 4
                                 withBytes:texels.data()
                               bytesPerRow:row_bytes
                             bytesPerImage:0];
  }
}

- (NSUInteger)bytesPerRowOfLayout:(MPSDataLayout)layout {
  const NSUInteger numbers =
      layout == MPSDataLayoutHeightxWidthxFeatureChannels ? self.featureChannels : 1;
  return self.width * numbers * DescribePixelFormat(self.pixelFormat).component_bytes;
}

- (void)readBytes:(void*)dataBytes
       dataLayout:(MPSDataLayout)dataLayout
       imageIndex:(NSUInteger)imageIndex {
  [self readBytes:dataBytes
              dataLayout:dataLayout
             bytesPerRow:[self bytesPerRowOfLayout:dataLayout]
                  region:[self wholeRegion]
      featureChannelInfo:{0, self.featureChannels}
              imageIndex:imageIndex];
}

- (void)writeBytes:(const void*)dataBytes
        dataLayout:(MPSDataLayout)dataLayout
        imageIndex:(NSUInteger)imageIndex {
  [self writeBytes:dataBytes
              dataLayout:dataLayout
             bytesPerRow:[self bytesPerRowOfLayout:dataLayout]
                  region:[self wholeRegion]
      featureChannelInfo:{0, self.featureChannels}
              imageIndex:imageIndex];
}

@end

#import <MetalPerformanceShaders/MPSImage.h>

#include <optional>

#include "../metal/device.h"

@implementation MPSImageDescriptor {
  std::optional<MTLStorageMode> _storageMode;
}

- (instancetype)init {
  if ((self = [super init])) {
    _width = _height = _featureChannels = _numberOfImages = 1;
    _usage = MTLTextureUsageShaderRead | MTLTextureUsageShaderWrite;
  }
  return self;
}

+ (instancetype)imageDescriptorWithChannelFormat:(MPSImageFeatureChannelFormat)channelFormat
                                           width:(NSUInteger)width
                                          height:(NSUInteger)height
                                 featureChannels:(NSUInteger)featureChannels {
  return [self
      imageDescriptorWithChannelFormat:channelFormat
                                 width:width
                                height:height
                       featureChannels:featureChannels
                        numberOfImages:1
                                 usage:MTLTextureUsageShaderRead | MTLTextureUsageShaderWrite];
}

+ (instancetype)imageDescriptorWithChannelFormat:(MPSImageFeatureChannelFormat)channelFormat
                                           width:(NSUInteger)width
                                          height:(NSUInteger)height
                                 featureChannels:(NSUInteger)featureChannels
                                  numberOfImages:(NSUInteger)numberOfImages
                                           usage:(MTLTextureUsage)usage {
  MPSImageDescriptor* descriptor = [[self alloc] init];
  descriptor.channelFormat = channelFormat;
  descriptor.width = width;
  descriptor.height = height;
  descriptor.featureChannels = featureChannels;
  descriptor.numberOfImages = numberOfImages;
  descriptor.usage = usage;
  return descriptor;
}

// One and two channels are stored as R and RG, more always as RGBA.
- (MTLPixelFormat)pixelFormat {
  const auto choose = [self](MTLPixelFormat one, MTLPixelFormat two, MTLPixelFormat more) {
    return self->_featureChannels == 1 ? one : self->_featureChannels == 2 ? two : more;
  };
  switch (_channelFormat) {
    case MPSImageFeatureChannelFormatUnorm8:
      return choose(MTLPixelFormatR8Unorm, MTLPixelFormatRG8Unorm, MTLPixelFormatRGBA8Unorm);
    case MPSImageFeatureChannelFormatUnorm16:
      return choose(MTLPixelFormatR16Unorm, MTLPixelFormatRG16Unorm, MTLPixelFormatRGBA16Unorm);
    case MPSImageFeatureChannelFormatFloat16:
      return choose(MTLPixelFormatR16Float, MTLPixelFormatRG16Float, MTLPixelFormatRGBA16Float);
    case MPSImageFeatureChannelFormatFloat32:
      return choose(MTLPixelFormatR32Float, MTLPixelFormatRG32Float, MTLPixelFormatRGBA32Float);
    case MPSImageFeatureChannelFormatNone:
      break;
  }
  return MTLPixelFormatInvalid;
}

- (MTLStorageMode)storageMode {
  return _storageMode.value_or(apple_double::DefaultTextureStorageMode());
}

- (void)setStorageMode:(MTLStorageMode)storageMode {
  _storageMode = storageMode;
}

- (instancetype)copyWithZone:(NSZone*)zone {
  MPSImageDescriptor* copy = [[MPSImageDescriptor alloc] init];
  copy->_width = _width;
  copy->_height = _height;
  copy->_featureChannels = _featureChannels;
  copy->_numberOfImages = _numberOfImages;
  copy->_channelFormat = _channelFormat;
  copy->_cpuCacheMode = _cpuCacheMode;
  copy->_storageMode = _storageMode;
  copy->_usage = _usage;
  return copy;
}

@end

#import <Metal/MTLTexture.h>

#include <optional>

#include "device.h"

@implementation MTLTextureDescriptor {
  std::optional<MTLStorageMode> _storageMode;
}

- (instancetype)init {
  if ((self = [super init])) {
    _textureType = MTLTextureType2D;
    _pixelFormat = MTLPixelFormatRGBA8Unorm;
    _width = _height = _depth = 1;
    _mipmapLevelCount = _sampleCount = _arrayLength = 1;
    _usage = MTLTextureUsageShaderRead;
  }
  return self;
}

+ (MTLTextureDescriptor*)texture2DDescriptorWithPixelFormat:(MTLPixelFormat)pixelFormat
                                                      width:(NSUInteger)width
                                                     height:(NSUInteger)height
                                                  mipmapped:(BOOL)mipmapped {
  MTLTextureDescriptor* descriptor = [[self alloc] init];
  descriptor.pixelFormat = pixelFormat;
  descriptor.width = width;
  descriptor.height = height;
  for (NSUInteger size = width > height ? width : height; mipmapped && size > 1; size /= 2) {
    ++descriptor.mipmapLevelCount;
  }
  return descriptor;
}

- (MTLStorageMode)storageMode {
  return _storageMode.value_or(apple_double::DefaultTextureStorageMode());
}

- (void)setStorageMode:(MTLStorageMode)storageMode {
  _storageMode = storageMode;
}

- (MTLResourceOptions)resourceOptions {
  return _cpuCacheMode << MTLResourceCPUCacheModeShift |
         self.storageMode << MTLResourceStorageModeShift |
         _hazardTrackingMode << MTLResourceHazardTrackingModeShift;
}

- (void)setResourceOptions:(MTLResourceOptions)options {
  _cpuCacheMode = static_cast<MTLCPUCacheMode>((options & MTLResourceCPUCacheModeMask) >>
                                               MTLResourceCPUCacheModeShift);
  _storageMode = static_cast<MTLStorageMode>((options & MTLResourceStorageModeMask) >>
                                             MTLResourceStorageModeShift);
  _hazardTrackingMode = static_cast<MTLHazardTrackingMode>(
      (options & MTLResourceHazardTrackingModeMask) >> MTLResourceHazardTrackingModeShift);
}

- (id)copyWithZone:(NSZone*)zone {
  MTLTextureDescriptor* copy = [[MTLTextureDescriptor alloc] init];
  copy->_textureType = _textureType;
  copy->_pixelFormat = _pixelFormat;
  copy->_width = _width;
  copy->_height = _height;
  copy->_depth = _depth;
  copy->_mipmapLevelCount = _mipmapLevelCount;
  copy->_sampleCount = _sampleCount;
  copy->_arrayLength = _arrayLength;
  copy->_cpuCacheMode = _cpuCacheMode;
  copy->_storageMode = _storageMode;
  copy->_hazardTrackingMode = _hazardTrackingMode;
  copy->_usage = _usage;
  return copy;
}

@end

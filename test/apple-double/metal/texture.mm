#include "texture.h"

#include <cstring>
#include <string>

#include "raise.h"
#include "text.h"

using apple_double::DescribePixelFormat;
using apple_double::PixelFormat;
using apple_double::RaiseInconsistency;
using apple_double::RaiseInvalidArgument;
using apple_double::Storage;

namespace {

// Apple's feature set tables: every Mac.
constexpr NSUInteger kLargestSide = 16384;
constexpr NSUInteger kMostSlices = 2048;

void Validate(MTLTextureDescriptor* descriptor, const apple_double::DeviceSpec& device) {
  const auto require = [](bool condition, const std::string& reason) {
    if (!condition) {
      RaiseInvalidArgument("MTLTextureDescriptor: " + reason);
    }
  };
  const bool array = descriptor.textureType == MTLTextureType2DArray;
  require(array || descriptor.textureType == MTLTextureType2D,
          "the double has only 2D textures and arrays of them");
  require(descriptor.width >= 1 && descriptor.width <= kLargestSide,
          "width " + std::to_string(descriptor.width) + " is not from 1 to 16384");
  require(descriptor.height >= 1 && descriptor.height <= kLargestSide,
          "height " + std::to_string(descriptor.height) + " is not from 1 to 16384");
  require(descriptor.arrayLength >= 1 && descriptor.arrayLength <= kMostSlices,
          "arrayLength " + std::to_string(descriptor.arrayLength) + " is not from 1 to 2048");
  require(array || descriptor.arrayLength == 1, "arrayLength must be 1 for MTLTextureType2D");
  require(descriptor.depth == 1, "depth must be 1");
  require(descriptor.mipmapLevelCount == 1, "the double has no mipmaps");
  require(descriptor.sampleCount == 1, "sampleCount must be 1");
  require(descriptor.storageMode != MTLStorageModeMemoryless,
          "memoryless is for render targets on Apple GPUs");
  // Unified memory does not suffice: Intel's integrated GPUs have that too.
  require(descriptor.storageMode != MTLStorageModeShared || IsAppleFamily(device),
          "textures can be shared on Apple's own GPUs alone");
}

Storage::Mode ModeOf(MTLStorageMode mode) {
  switch (mode) {
    case MTLStorageModeShared:
      return Storage::Mode::kShared;
    case MTLStorageModeManaged:
      return Storage::Mode::kManaged;
    default:
      return Storage::Mode::kPrivate;
  }
}

}  // namespace

@implementation AppleDoubleTexture {
  AppleDoubleDevice* _device;
  AppleDoubleTexture* _parent;
  std::shared_ptr<Storage> _storage;
  PixelFormat _format;
  MTLStorageMode _storageMode;
  NSUInteger _firstSlice;
}

@synthesize label = _label;
@synthesize textureType = _textureType;
@synthesize pixelFormat = _pixelFormat;
@synthesize width = _width;
@synthesize height = _height;
@synthesize arrayLength = _arrayLength;
@synthesize usage = _usage;

+ (NSUInteger)bytesForDescriptor:(MTLTextureDescriptor*)descriptor {
  return descriptor.width * descriptor.height * descriptor.arrayLength *
         DescribePixelFormat(descriptor.pixelFormat).TexelBytes();
}

+ (instancetype)newTextureWithDevice:(AppleDoubleDevice*)device
                          descriptor:(MTLTextureDescriptor*)descriptor {
  const auto state = [device state];
  if (state->removed) {
    return nil;
  }
  Validate(descriptor, state->spec);
  auto storage =
      Storage::Make(state, ModeOf(descriptor.storageMode), [self bytesForDescriptor:descriptor]);
  if (storage == nullptr) {
    return nil;
  }
  return [[self alloc] initWithDevice:device
                           descriptor:descriptor
                          storageMode:descriptor.storageMode
                              storage:std::move(storage)];
}

+ (instancetype)newTemporaryTextureWithDevice:(AppleDoubleDevice*)device
                                   descriptor:(MTLTextureDescriptor*)descriptor
                                         heap:(std::shared_ptr<apple_double::TemporaryHeap>)heap {
  descriptor.storageMode = MTLStorageModePrivate;
  Validate(descriptor, [device state]->spec);
  auto storage =
      Storage::MakeTemporary([device state], std::move(heap), [self bytesForDescriptor:descriptor]);
  if (storage == nullptr) {
    return nil;
  }
  return [[self alloc] initWithDevice:device
                           descriptor:descriptor
                          storageMode:MTLStorageModePrivate
                              storage:std::move(storage)];
}

- (instancetype)initWithDevice:(AppleDoubleDevice*)device
                    descriptor:(MTLTextureDescriptor*)descriptor
                   storageMode:(MTLStorageMode)storageMode
                       storage:(std::shared_ptr<Storage>)storage {
  if ((self = [super init])) {
    _device = device;
    _storage = std::move(storage);
    _storageMode = storageMode;
    _format = DescribePixelFormat(descriptor.pixelFormat);
    _textureType = descriptor.textureType;
    _pixelFormat = descriptor.pixelFormat;
    _width = descriptor.width;
    _height = descriptor.height;
    _arrayLength = descriptor.arrayLength;
    _usage = descriptor.usage;
  }
  return self;
}

- (std::shared_ptr<Storage>)storage {
  return _storage;
}

- (PixelFormat)format {
  return _format;
}

- (NSUInteger)sliceBytes {
  return _width * _height * _format.TexelBytes();
}

- (apple_double::TextureView)view {
  return {_storage->GpuBytes() + _firstSlice * [self sliceBytes],
          static_cast<uint32_t>(_width),
          static_cast<uint32_t>(_height),
          static_cast<uint32_t>(_arrayLength),
          static_cast<uint32_t>(_pixelFormat),
          _textureType == MTLTextureType2DArray};
}

- (id<MTLDevice>)device {
  return _device;
}

- (id<MTLTexture>)parentTexture {
  return _parent;
}

- (NSUInteger)depth {
  return 1;
}

- (NSUInteger)mipmapLevelCount {
  return 1;
}

- (NSUInteger)sampleCount {
  return 1;
}

- (NSUInteger)allocatedSize {
  return _storage->Size();
}

- (MTLStorageMode)storageMode {
  return _storageMode;
}

- (MTLCPUCacheMode)cpuCacheMode {
  return MTLCPUCacheModeDefaultCache;
}

- (MTLHazardTrackingMode)hazardTrackingMode {
  return MTLHazardTrackingModeTracked;
}

- (MTLResourceOptions)resourceOptions {
  return _storageMode << MTLResourceStorageModeShift;
}

- (std::string)name {
  return _label == nil ? "texture" : "texture " + apple_double::ToString(_label);
}

- (std::byte*)texelsForCpuAt:(MTLRegion)region
                       level:(NSUInteger)level
                       slice:(NSUInteger)slice
                 bytesPerRow:(NSUInteger)bytesPerRow {
  if (_storage->CpuBytes() == nullptr) {
    RaiseInvalidArgument([self name] + " is private: the CPU can neither read nor write it");
  }
  const bool inside = region.origin.x + region.size.width <= _width &&
                      region.origin.y + region.size.height <= _height && region.origin.z == 0 &&
                      region.size.depth == 1 && level == 0 && slice < _arrayLength;
  if (!inside || region.size.width == 0 || region.size.height == 0) {
    RaiseInvalidArgument([self name] + ": the region does not lie in it");
  }
  if (bytesPerRow < region.size.width * _format.TexelBytes()) {
    RaiseInvalidArgument([self name] + ": bytesPerRow is less than a row");
  }
  return _storage->CpuBytes() + (_firstSlice + slice) * [self sliceBytes] +
         (region.origin.y * _width + region.origin.x) * _format.TexelBytes();
}

- (void)getBytes:(void*)pixelBytes
      bytesPerRow:(NSUInteger)bytesPerRow
    bytesPerImage:(NSUInteger)bytesPerImage
       fromRegion:(MTLRegion)region
      mipmapLevel:(NSUInteger)level
            slice:(NSUInteger)slice {
  const std::byte* texels = [self texelsForCpuAt:region
                                           level:level
                                           slice:slice
                                     bytesPerRow:bytesPerRow];
  if (_storage->pending_writes > 0) {
    RaiseInconsistency([self name] + " is read before the command buffer that writes it is done");
  }
  if (!_storage->WasWritten()) {
    RaiseInconsistency([self name] + " is read, but nothing has written it");
  }
  for (NSUInteger row = 0; row < region.size.height; ++row) {
    std::memcpy(static_cast<std::byte*>(pixelBytes) + row * bytesPerRow,
                texels + row * _width * _format.TexelBytes(),
                region.size.width * _format.TexelBytes());
  }
}

- (void)replaceRegion:(MTLRegion)region
          mipmapLevel:(NSUInteger)level
                slice:(NSUInteger)slice
            withBytes:(const void*)pixelBytes
          bytesPerRow:(NSUInteger)bytesPerRow
        bytesPerImage:(NSUInteger)bytesPerImage {
  std::byte* texels = [self texelsForCpuAt:region level:level slice:slice bytesPerRow:bytesPerRow];
  if (_storage->pending_writes > 0 || _storage->pending_reads > 0) {
    RaiseInconsistency([self name] + " is overwritten while a command buffer that uses it runs");
  }
  for (NSUInteger row = 0; row < region.size.height; ++row) {
    std::byte* to = texels + row * _width * _format.TexelBytes();
    std::memcpy(to, static_cast<const std::byte*>(pixelBytes) + row * bytesPerRow,
                region.size.width * _format.TexelBytes());
    _storage->CopyToGpu(static_cast<size_t>(to - _storage->CpuBytes()),
                        region.size.width * _format.TexelBytes());
  }
}

- (void)getBytes:(void*)pixelBytes
     bytesPerRow:(NSUInteger)bytesPerRow
      fromRegion:(MTLRegion)region
     mipmapLevel:(NSUInteger)level {
  [self getBytes:pixelBytes
        bytesPerRow:bytesPerRow
      bytesPerImage:0
         fromRegion:region
        mipmapLevel:level
              slice:0];
}

- (void)replaceRegion:(MTLRegion)region
          mipmapLevel:(NSUInteger)level
            withBytes:(const void*)pixelBytes
          bytesPerRow:(NSUInteger)bytesPerRow {
  [self replaceRegion:region
          mipmapLevel:level
                slice:0
            withBytes:pixelBytes
          bytesPerRow:bytesPerRow
        bytesPerImage:0];
}

- (id<MTLTexture>)newTextureViewWithPixelFormat:(MTLPixelFormat)pixelFormat {
  return [self newTextureViewWithPixelFormat:pixelFormat
                                 textureType:_textureType
                                      levels:NSMakeRange(0, 1)
                                      slices:NSMakeRange(0, _arrayLength)];
}

- (id<MTLTexture>)newTextureViewWithPixelFormat:(MTLPixelFormat)pixelFormat
                                    textureType:(MTLTextureType)textureType
                                         levels:(NSRange)levelRange
                                         slices:(NSRange)sliceRange {
  if (pixelFormat != _pixelFormat && (_usage & MTLTextureUsagePixelFormatView) == 0) {
    RaiseInvalidArgument([self name] + ": views of another format need PixelFormatView usage");
  }
  if (DescribePixelFormat(pixelFormat).TexelBytes() != _format.TexelBytes()) {
    RaiseInvalidArgument([self name] + ": a view's texels must be as large");
  }
  const bool inside = levelRange.location == 0 && levelRange.length == 1 &&
                      sliceRange.length >= 1 &&
                      sliceRange.location + sliceRange.length <= _arrayLength;
  if (!inside || (textureType == MTLTextureType2D && sliceRange.length != 1) ||
      (textureType != MTLTextureType2D && textureType != MTLTextureType2DArray)) {
    RaiseInvalidArgument([self name] + ": this view does not fit it");
  }
  AppleDoubleTexture* view = [[AppleDoubleTexture alloc] init];
  view->_device = _device;
  view->_parent = self;
  view->_storage = _storage;
  view->_format = DescribePixelFormat(pixelFormat);
  view->_storageMode = _storageMode;
  view->_firstSlice = _firstSlice + sliceRange.location;
  view->_textureType = textureType;
  view->_pixelFormat = pixelFormat;
  view->_width = _width;
  view->_height = _height;
  view->_arrayLength = sliceRange.length;
  view->_usage = _usage;
  return view;
}

@end

#include "buffer.h"

#include <cstring>
#include <string>

#include "raise.h"

using apple_double::RaiseInvalidArgument;
using apple_double::Storage;

namespace {

Storage::Mode ModeOf(MTLResourceOptions options) {
  switch ((options & MTLResourceStorageModeMask) >> MTLResourceStorageModeShift) {
    case MTLStorageModeShared:
      return Storage::Mode::kShared;
    case MTLStorageModeManaged:
      return Storage::Mode::kManaged;
    case MTLStorageModePrivate:
      return Storage::Mode::kPrivate;
    default:
      RaiseInvalidArgument("buffers cannot be memoryless");
  }
}

}  // namespace

@implementation AppleDoubleBuffer {
  AppleDoubleDevice* _device;
  std::shared_ptr<Storage> _storage;
  MTLResourceOptions _options;
}

@synthesize label = _label;

+ (instancetype)newBufferWithDevice:(AppleDoubleDevice*)device
                              bytes:(const void*)bytes
                             length:(NSUInteger)length
                            options:(MTLResourceOptions)options {
  if (length == 0) {
    RaiseInvalidArgument("a buffer of no bytes");
  }
  const Storage::Mode mode = ModeOf(options);
  if (bytes != nullptr && mode == Storage::Mode::kPrivate) {
    RaiseInvalidArgument("newBufferWithBytes: the CPU cannot write to private memory");
  }
  const auto state = [device state];
  if (state->removed || length > state->spec.max_buffer_length) {
    return nil;
  }
  auto storage = Storage::Make(state, mode, length);
  if (storage == nullptr) {
    return nil;
  }
  for (std::byte* copy : {storage->GpuBytes(), storage->CpuBytes()}) {
    if (copy != nullptr && bytes != nullptr) {
      std::memcpy(copy, bytes, length);
    } else if (copy != nullptr) {
      std::memset(copy, 0, length);
    }
  }
  storage->MarkWritten();
  AppleDoubleBuffer* buffer = [[self alloc] init];
  buffer->_device = device;
  buffer->_storage = std::move(storage);
  buffer->_options = options;
  return buffer;
}

- (std::shared_ptr<Storage>)storage {
  return _storage;
}

- (id<MTLDevice>)device {
  return _device;
}

- (NSUInteger)length {
  return _storage->Size();
}

- (NSUInteger)allocatedSize {
  return _storage->Size();
}

// Null for private buffers, which have no copy the CPU could see.
- (void*)contents {
  return _storage->CpuBytes();
}

- (void)didModifyRange:(NSRange)range {
  // MTLBuffer.h: for managed buffers alone.
  if (_storage->GetMode() != Storage::Mode::kManaged) {
    RaiseInvalidArgument("didModifyRange: is for managed buffers");
  }
  if (range.location > _storage->Size() || range.length > _storage->Size() - range.location) {
    RaiseInvalidArgument("didModifyRange: beyond the buffer's end");
  }
  _storage->CopyToGpu(range.location, range.length);
}

- (MTLResourceOptions)resourceOptions {
  return _options;
}

- (MTLCPUCacheMode)cpuCacheMode {
  return static_cast<MTLCPUCacheMode>(_options & MTLResourceCPUCacheModeMask);
}

- (MTLStorageMode)storageMode {
  return static_cast<MTLStorageMode>((_options & MTLResourceStorageModeMask) >>
                                     MTLResourceStorageModeShift);
}

- (MTLHazardTrackingMode)hazardTrackingMode {
  return MTLHazardTrackingModeTracked;
}

@end

#include <cstring>
#include <utility>

#include "encoders.h"
#include "raise.h"

using apple_double::BufferWatch;
using apple_double::RaiseInvalidArgument;
using apple_double::Storage;
using apple_double::StorageOf;

namespace {

void RequireInside(const Storage& storage, size_t offset, size_t length) {
  if (offset > storage.Size() || length > storage.Size() - offset) {
    RaiseInvalidArgument("the range does not lie in the buffer");
  }
}

}  // namespace

@implementation AppleDoubleBlitEncoder

- (void)synchronizeResource:(id<MTLResource>)resource {
  AppleDoubleCommandBuffer* commandBuffer = [self openCommandBuffer];
  auto storage = StorageOf(resource, self.device);
  if (storage->GetMode() != Storage::Mode::kManaged) {
    RaiseInvalidArgument("synchronizeResource: is for managed resources");
  }
  // Until then the CPU's copy may be neither read nor relied on.
  [commandBuffer noteWrite:storage];
  [commandBuffer appendOperation:[storage] { storage->CopyToCpu(); }];
}

- (void)fillBuffer:(id<MTLBuffer>)buffer range:(NSRange)range value:(uint8_t)value {
  AppleDoubleCommandBuffer* commandBuffer = [self openCommandBuffer];
  auto storage = StorageOf(buffer, self.device);
  RequireInside(*storage, range.location, range.length);
  [commandBuffer noteWrite:storage];
  [commandBuffer appendOperation:[storage, range, value] {
    BufferWatch watch(storage);
    std::memset(storage->GpuBytes() + range.location, value, range.length);
    storage->MarkWritten();
    watch.Finish();
  }];
}

- (void)copyFromBuffer:(id<MTLBuffer>)sourceBuffer
          sourceOffset:(NSUInteger)sourceOffset
              toBuffer:(id<MTLBuffer>)destinationBuffer
     destinationOffset:(NSUInteger)destinationOffset
                  size:(NSUInteger)size {
  AppleDoubleCommandBuffer* commandBuffer = [self openCommandBuffer];
  auto source = StorageOf(sourceBuffer, self.device);
  auto destination = StorageOf(destinationBuffer, self.device);
  RequireInside(*source, sourceOffset, size);
  RequireInside(*destination, destinationOffset, size);
  [commandBuffer noteRead:source];
  [commandBuffer noteWrite:destination];
  [commandBuffer appendOperation:[source, destination, sourceOffset, destinationOffset, size] {
    BufferWatch watch(destination);
    std::memmove(destination->GpuBytes() + destinationOffset, source->GpuBytes() + sourceOffset,
                 size);
    destination->MarkWritten();
    watch.Finish();
  }];
}

@end

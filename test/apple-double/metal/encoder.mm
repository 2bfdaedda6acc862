#include <string>

#include "buffer.h"
#include "encoders.h"
#include "poison.h"
#include "raise.h"
#include "text.h"
#include "texture.h"

using apple_double::RaiseInconsistency;
using apple_double::RaiseInvalidArgument;

namespace apple_double {

std::shared_ptr<Storage> StorageOf(id<MTLResource> resource, id<MTLDevice> device) {
  if (resource.device != device) {
    RaiseInvalidArgument("the resource belongs to another device");
  }
  const std::shared_ptr<Storage> storage =
      [(NSObject*)resource isKindOfClass:[AppleDoubleBuffer class]]
          ? [(AppleDoubleBuffer*)resource storage]
          : [(AppleDoubleTexture*)resource storage];
  if (storage->IsDead()) {
    RaiseInconsistency("a temporary image's texture is used after its readCount reached 0");
  }
  return storage;
}

BufferWatch::BufferWatch(const std::shared_ptr<Storage>& storage) {
  if (storage->HasTwoCopies()) {
    storage_ = storage;
    before_ = std::make_unique_for_overwrite<std::byte[]>(storage->Size());
    std::memcpy(before_.get(), storage->GpuBytes(), storage->Size());
  }
}

void BufferWatch::Finish() {
  if (storage_ == nullptr) {
    return;
  }
  for (size_t i = 0; i < storage_->Size(); ++i) {
    if (before_[i] != storage_->GpuBytes()[i]) {
      storage_->CpuBytes()[i] = std::byte{kPoison};
    }
  }
}

}  // namespace apple_double

@implementation AppleDoubleEncoder {
  AppleDoubleCommandBuffer* _commandBuffer;
  id<MTLDevice> _device;
  NSUInteger _debugGroups;
}

@synthesize label = _label;

- (instancetype)initWithCommandBuffer:(AppleDoubleCommandBuffer*)commandBuffer {
  if ((self = [super init])) {
    [commandBuffer openEncoder];
    _commandBuffer = commandBuffer;
    _device = commandBuffer.device;
  }
  return self;
}

- (void)dealloc {
  // Metal aborts here: "Command encoder released without endEncoding".
  [_commandBuffer abandonEncoder];
}

- (AppleDoubleCommandBuffer*)openCommandBuffer {
  if (_commandBuffer == nil) {
    RaiseInconsistency("this encoder has ended encoding");
  }
  return _commandBuffer;
}

- (id<MTLDevice>)device {
  return _device;
}

- (void)endEncoding {
  AppleDoubleCommandBuffer* commandBuffer = [self openCommandBuffer];
  if (_debugGroups != 0) {
    RaiseInconsistency("endEncoding with a debug group that was not popped");
  }
  _commandBuffer = nil;
  [commandBuffer closeEncoder];
}

- (void)insertDebugSignpost:(NSString*)string {
  [self openCommandBuffer];
}

- (void)pushDebugGroup:(NSString*)string {
  [self openCommandBuffer];
  ++_debugGroups;
}

- (void)popDebugGroup {
  [self openCommandBuffer];
  if (_debugGroups == 0) {
    RaiseInconsistency("popDebugGroup without pushDebugGroup:");
  }
  --_debugGroups;
}

@end

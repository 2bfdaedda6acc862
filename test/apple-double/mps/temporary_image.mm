#include "../metal/raise.h"
#include "../metal/text.h"
#include "allocators.h"
#include "image_internal.h"

using apple_double::RaiseInconsistency;
using apple_double::RaiseInvalidArgument;
using apple_double::TemporaryHeap;

@implementation MPSTemporaryImage {
  std::weak_ptr<TemporaryHeap> _heap;
  AppleDoubleTexture* _texture;
  BOOL _commandBufferIsGone;
}

@synthesize readCount = _readCount;

+ (id<MPSImageAllocator>)defaultAllocator {
  return apple_double::DefaultTemporaryImageAllocator();
}

+ (instancetype)temporaryImageWithCommandBuffer:(id<MTLCommandBuffer>)commandBuffer
                                imageDescriptor:(const MPSImageDescriptor*)imageDescriptor {
  AppleDoubleCommandBuffer* root = apple_double::RootCommandBuffer(commandBuffer);
  if (root.status >= MTLCommandBufferStatusCommitted) {
    RaiseInconsistency("a temporary image for a command buffer that was committed");
  }
  MPSTemporaryImage* image = [[self alloc] initLazilyWithDevice:(AppleDoubleDevice*)root.device
                                                imageDescriptor:imageDescriptor];
  image->_heap = [root temporaryHeap];
  image->_readCount = 1;  // MPSImage.h: what it starts with
  [root addTemporary:image];
  return image;
}

+ (void)prefetchStorageWithCommandBuffer:(id<MTLCommandBuffer>)commandBuffer
                     imageDescriptorList:(NSArray<MPSImageDescriptor*>*)descriptorList {
  // MPSImage.h: a hint alone. It changes nothing that could be seen.
  apple_double::RootCommandBuffer(commandBuffer);
}

- (AppleDoubleTexture*)makeTexture {
  const auto heap = _heap.lock();
  if (_commandBufferIsGone || heap == nullptr) {
    RaiseInconsistency("temporary image " + [self name] + " is used after its command buffer");
  }
  if (_readCount == 0) {
    RaiseInconsistency("temporary image " + [self name] + " is used with a readCount of 0");
  }
  _texture = [AppleDoubleTexture newTemporaryTextureWithDevice:(AppleDoubleDevice*)self.device
                                                    descriptor:[self textureDescriptor]
                                                          heap:heap];
  return _texture;
}

- (AppleDoubleTexture*)allocatedTexture {
  if (_texture != nil && [_texture storage]->IsDead()) {
    RaiseInconsistency("temporary image " + [self name] + " is used after its readCount was 0");
  }
  return [super allocatedTexture];
}

- (void)requireUsableOn:(AppleDoubleCommandBuffer*)commandBuffer {
  [super requireUsableOn:commandBuffer];
  const auto heap = _heap.lock();
  if (heap == nullptr || heap != [commandBuffer temporaryHeap]) {
    RaiseInvalidArgument("temporary image " + [self name] + " belongs to another command buffer");
  }
  // MPSImage.h, readCount: nobody may use an image whose reads have all been made.
  if (_readCount == 0) {
    RaiseInconsistency("temporary image " + [self name] + " is used with a readCount of 0");
  }
}

- (void)setReadCount:(NSUInteger)readCount {
  // MPSImage.h, readCount: from 0 there is no way back.
  if (_readCount == 0) {
    RaiseInconsistency("temporary image " + [self name] + ": readCount was 0 already");
  }
  _readCount = readCount;
  if (readCount == 0) {
    [self releaseMemory];
  }
}

- (void)countRead {
  self.readCount = _readCount - 1;
}

- (NSString*)nameIfUnread {
  return _readCount == 0 ? nil : apple_double::ToNSString([self name]);
}

- (void)releaseMemory {
  if (_texture != nil) {
    [_texture storage]->ReleaseTemporary();
  }
  if (_readCount != 0) {
    _commandBufferIsGone = YES;
  }
}

- (void)requireCpuAccess {
  RaiseInvalidArgument("temporary image " + [self name] +
                       " is private: the CPU can neither read nor write it");
}

- (void)readBytes:(void*)dataBytes
            dataLayout:(MPSDataLayout)dataLayout
           bytesPerRow:(NSUInteger)bytesPerRow
                region:(MTLRegion)region
    featureChannelInfo:(MPSImageReadWriteParams)featureChannelInfo
            imageIndex:(NSUInteger)imageIndex {
  [self requireCpuAccess];
}

- (void)writeBytes:(const void*)dataBytes
            dataLayout:(MPSDataLayout)dataLayout
           bytesPerRow:(NSUInteger)bytesPerRow
                region:(MTLRegion)region
    featureChannelInfo:(MPSImageReadWriteParams)featureChannelInfo
            imageIndex:(NSUInteger)imageIndex {
  [self requireCpuAccess];
}

@end

#pragma once

#import <Metal/MTLBlitCommandEncoder.h>
#import <Metal/MTLComputeCommandEncoder.h>

#include "command_buffer.h"

// What both kinds have in common: opened and closed on a command buffer.
@interface AppleDoubleEncoder : NSObject <MTLCommandEncoder>
- (instancetype)initWithCommandBuffer:(AppleDoubleCommandBuffer*)commandBuffer;
// Raises once it is closed.
- (AppleDoubleCommandBuffer*)openCommandBuffer;
@end

@interface AppleDoubleBlitEncoder : AppleDoubleEncoder <MTLBlitCommandEncoder>
@end

@interface AppleDoubleComputeEncoder : AppleDoubleEncoder <MTLComputeCommandEncoder>
@end

namespace apple_double {

// The storage behind a buffer or texture of `device`. Raises for anything else.
std::shared_ptr<Storage> StorageOf(id<MTLResource> resource, id<MTLDevice> device);

// For managed buffers with two copies: what the CPU sees of a buffer while the GPU may write it.
// Only bytes that changed are undefined for the CPU afterwards.
class BufferWatch {
 public:
  explicit BufferWatch(const std::shared_ptr<Storage>& storage);
  void Finish();

 private:
  std::shared_ptr<Storage> storage_;
  std::unique_ptr<std::byte[]> before_;
};

}  // namespace apple_double

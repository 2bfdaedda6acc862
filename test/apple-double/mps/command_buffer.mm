#include <utility>

#include "../metal/raise.h"
#include "image_internal.h"

#import <MetalPerformanceShaders/MPSCommandBuffer.h>

@implementation MPSCommandBuffer {
  id<MTLCommandBuffer> _commandBuffer;
}

+ (instancetype)commandBufferWithCommandBuffer:(id<MTLCommandBuffer>)commandBuffer {
  return [[self alloc] initWithCommandBuffer:commandBuffer];
}

+ (instancetype)commandBufferFromCommandQueue:(id<MTLCommandQueue>)commandQueue {
  return [[self alloc] initWithCommandBuffer:[commandQueue commandBuffer]];
}

- (instancetype)initWithCommandBuffer:(id<MTLCommandBuffer>)commandBuffer {
  if ((self = [super init])) {
    _commandBuffer = commandBuffer;
  }
  return self;
}

- (id<MTLCommandBuffer>)commandBuffer {
  return _commandBuffer;
}

- (id<MTLCommandBuffer>)rootCommandBuffer {
  return apple_double::RootCommandBuffer(_commandBuffer);
}

// MPSCommandBuffer.h: temporary images go on to the new command buffer; handlers stay behind.
- (void)commitAndContinue {
  if ([(NSObject*)_commandBuffer isKindOfClass:[MPSCommandBuffer class]]) {
    [(MPSCommandBuffer*)_commandBuffer commitAndContinue];
  } else {
    _commandBuffer = [apple_double::RootCommandBuffer(_commandBuffer) commitAndContinueOnNewBuffer];
  }
}

- (void)prefetchHeapForWorkloadSize:(size_t)size {
}

#pragma mark MTLCommandBuffer

- (id<MTLDevice>)device {
  return _commandBuffer.device;
}

- (id<MTLCommandQueue>)commandQueue {
  return _commandBuffer.commandQueue;
}

- (BOOL)retainedReferences {
  return _commandBuffer.retainedReferences;
}

- (NSString*)label {
  return _commandBuffer.label;
}

- (void)setLabel:(NSString*)label {
  _commandBuffer.label = label;
}

- (CFTimeInterval)kernelStartTime {
  return _commandBuffer.kernelStartTime;
}

- (CFTimeInterval)kernelEndTime {
  return _commandBuffer.kernelEndTime;
}

- (CFTimeInterval)GPUStartTime {
  return _commandBuffer.GPUStartTime;
}

- (CFTimeInterval)GPUEndTime {
  return _commandBuffer.GPUEndTime;
}

- (MTLCommandBufferStatus)status {
  return _commandBuffer.status;
}

- (NSError*)error {
  return _commandBuffer.error;
}

- (void)enqueue {
  [_commandBuffer enqueue];
}

- (void)commit {
  [_commandBuffer commit];
}

- (void)addScheduledHandler:(MTLCommandBufferHandler)block {
  [_commandBuffer addScheduledHandler:block];
}

- (void)waitUntilScheduled {
  [_commandBuffer waitUntilScheduled];
}

- (void)addCompletedHandler:(MTLCommandBufferHandler)block {
  [_commandBuffer addCompletedHandler:block];
}

- (void)waitUntilCompleted {
  [_commandBuffer waitUntilCompleted];
}

- (id<MTLBlitCommandEncoder>)blitCommandEncoder {
  return [_commandBuffer blitCommandEncoder];
}

- (id<MTLComputeCommandEncoder>)computeCommandEncoder {
  return [_commandBuffer computeCommandEncoder];
}

- (void)pushDebugGroup:(NSString*)string {
  [_commandBuffer pushDebugGroup:string];
}

- (void)popDebugGroup {
  [_commandBuffer popDebugGroup];
}

@end

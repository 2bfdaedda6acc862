#include "device.h"

#include "buffer.h"
#include "command_queue.h"
#include "library.h"
#include "raise.h"
#include "text.h"
#include "texture.h"

using apple_double::RaiseInvalidArgument;
using apple_double::Storage;

namespace {

// MTLCommandQueue's default limit of command buffers that are not done.
constexpr NSUInteger kMostCommandBuffers = 64;

}  // namespace

@implementation AppleDoubleDevice {
  std::shared_ptr<apple_double::DeviceState> _state;
}

- (instancetype)initWithState:(std::shared_ptr<apple_double::DeviceState>)state {
  if ((self = [super init])) {
    _state = std::move(state);
  }
  return self;
}

- (std::shared_ptr<apple_double::DeviceState>)state {
  return _state;
}

- (NSString*)name {
  return apple_double::ToNSString(_state->spec.name);
}

- (uint64_t)registryID {
  return _state->spec.registry_id;
}

- (MTLSize)maxThreadsPerThreadgroup {
  const NSUInteger most = _state->spec.max_threads_per_threadgroup;
  return MTLSizeMake(most, most, most);
}

- (BOOL)isLowPower {
  return _state->spec.low_power;
}

- (BOOL)isHeadless {
  return _state->spec.headless;
}

- (BOOL)isRemovable {
  return _state->spec.removable;
}

- (BOOL)hasUnifiedMemory {
  return _state->spec.unified_memory;
}

- (uint64_t)recommendedMaxWorkingSetSize {
  return _state->spec.recommended_working_set;
}

- (NSUInteger)currentAllocatedSize {
  return _state->live_bytes + _state->heap_bytes_in_use + _state->heap_cache.Bytes();
}

- (NSUInteger)maxBufferLength {
  return _state->spec.max_buffer_length;
}

- (BOOL)supportsFamily:(MTLGPUFamily)gpuFamily {
  switch (gpuFamily) {
    case MTLGPUFamilyCommon1:
    case MTLGPUFamilyCommon2:
    case MTLGPUFamilyCommon3:
    case MTLGPUFamilyMac1:
    case MTLGPUFamilyMac2:
      return YES;
    case MTLGPUFamilyApple1:
    case MTLGPUFamilyApple2:
    case MTLGPUFamilyApple3:
    case MTLGPUFamilyApple4:
    case MTLGPUFamilyApple5:
    case MTLGPUFamilyApple6:
    case MTLGPUFamilyApple7:
      return apple_double::IsAppleFamily(_state->spec);
    default:
      return NO;
  }
}

- (id<MTLCommandQueue>)newCommandQueue {
  return [self newCommandQueueWithMaxCommandBufferCount:kMostCommandBuffers];
}

- (id<MTLCommandQueue>)newCommandQueueWithMaxCommandBufferCount:(NSUInteger)maxCommandBufferCount {
  if (_state->removed) {
    return nil;
  }
  return [[AppleDoubleCommandQueue alloc] initWithDevice:self limit:maxCommandBufferCount];
}

- (id<MTLBuffer>)newBufferWithLength:(NSUInteger)length options:(MTLResourceOptions)options {
  return [AppleDoubleBuffer newBufferWithDevice:self bytes:nullptr length:length options:options];
}

- (id<MTLBuffer>)newBufferWithBytes:(const void*)pointer
                             length:(NSUInteger)length
                            options:(MTLResourceOptions)options {
  return [AppleDoubleBuffer newBufferWithDevice:self bytes:pointer length:length options:options];
}

- (id<MTLTexture>)newTextureWithDescriptor:(MTLTextureDescriptor*)descriptor {
  return [AppleDoubleTexture newTextureWithDevice:self descriptor:descriptor];
}

- (id<MTLLibrary>)newLibraryWithSource:(NSString*)source
                               options:(MTLCompileOptions*)options
                                 error:(NSError* __autoreleasing*)error {
  return [AppleDoubleLibrary newLibraryWithDevice:self source:source error:error];
}

- (id<MTLComputePipelineState>)newComputePipelineStateWithFunction:(id<MTLFunction>)computeFunction
                                                             error:
                                                                 (NSError* __autoreleasing*)error {
  return [AppleDoublePipeline newPipelineWithDevice:self function:computeFunction error:error];
}

@end

namespace apple_double {

std::shared_ptr<DeviceState> StateOf(id<MTLDevice> device) {
  if (![(NSObject*)device isKindOfClass:[AppleDoubleDevice class]]) {
    RaiseInvalidArgument("this is not a device");
  }
  return [(AppleDoubleDevice*)device state];
}

}  // namespace apple_double

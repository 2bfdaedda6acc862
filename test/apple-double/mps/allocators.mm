#include "allocators.h"

#include "image_internal.h"
#include "secure_coding.h"

// +[MPSImage defaultAllocator]
@interface AppleDoubleImageAllocator : NSObject <MPSImageAllocator>
@end

// +[MPSTemporaryImage defaultAllocator]
@interface AppleDoubleTemporaryImageAllocator : AppleDoubleImageAllocator
@end

@implementation AppleDoubleImageAllocator

// Both allocators are there from the start: tests that count objects need not know of them.
+ (void)load {
  if (self == [AppleDoubleImageAllocator class]) {
    apple_double::DefaultImageAllocator();
    apple_double::DefaultTemporaryImageAllocator();
  }
}

APPLE_DOUBLE_SECURE_CODING

// MPSImage.h, MPSImageAllocator: the image lives at least as long as the command buffer.
- (MPSImage*)imageForCommandBuffer:(id<MTLCommandBuffer>)cmdBuf
                   imageDescriptor:(MPSImageDescriptor*)descriptor
                            kernel:(MPSKernel*)kernel {
  MPSImage* image = [[MPSImage alloc] initWithDevice:cmdBuf.device imageDescriptor:descriptor];
  [apple_double::RootCommandBuffer(cmdBuf) keep:image];
  return image;
}

- (MPSImageBatch*)imageBatchForCommandBuffer:(id<MTLCommandBuffer>)cmdBuf
                             imageDescriptor:(MPSImageDescriptor*)descriptor
                                      kernel:(MPSKernel*)kernel
                                       count:(NSUInteger)count {
  NSMutableArray<MPSImage*>* batch = [NSMutableArray array];
  for (NSUInteger i = 0; i < count; ++i) {
    [batch addObject:[self imageForCommandBuffer:cmdBuf imageDescriptor:descriptor kernel:kernel]];
  }
  return batch;
}

@end

@implementation AppleDoubleTemporaryImageAllocator

- (MPSImage*)imageForCommandBuffer:(id<MTLCommandBuffer>)cmdBuf
                   imageDescriptor:(MPSImageDescriptor*)descriptor
                            kernel:(MPSKernel*)kernel {
  return [MPSTemporaryImage temporaryImageWithCommandBuffer:cmdBuf imageDescriptor:descriptor];
}

@end

namespace apple_double {

id<MPSImageAllocator> DefaultImageAllocator() {
  static AppleDoubleImageAllocator* allocator = [[AppleDoubleImageAllocator alloc] init];
  return allocator;
}

id<MPSImageAllocator> DefaultTemporaryImageAllocator() {
  static AppleDoubleTemporaryImageAllocator* allocator =
      [[AppleDoubleTemporaryImageAllocator alloc] init];
  return allocator;
}

}  // namespace apple_double

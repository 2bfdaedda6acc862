#pragma once
// A command buffer that can be committed in pieces.
#import <MetalPerformanceShaders/MPSCoreTypes.h>

@interface MPSCommandBuffer : NSObject <MTLCommandBuffer>
@property(readonly, retain, nonatomic, nonnull) id<MTLCommandBuffer> commandBuffer;
@property(readonly, retain, nonatomic, nonnull) id<MTLCommandBuffer> rootCommandBuffer;
+ (nonnull instancetype)commandBufferWithCommandBuffer:(nonnull id<MTLCommandBuffer>)commandBuffer;
+ (nonnull instancetype)commandBufferFromCommandQueue:(nonnull id<MTLCommandQueue>)commandQueue;
- (nonnull instancetype)initWithCommandBuffer:(nonnull id<MTLCommandBuffer>)commandBuffer
    NS_DESIGNATED_INITIALIZER;
- (nonnull instancetype)init NS_UNAVAILABLE;
- (void)commitAndContinue;
- (void)prefetchHeapForWorkloadSize:(size_t)size;
@end

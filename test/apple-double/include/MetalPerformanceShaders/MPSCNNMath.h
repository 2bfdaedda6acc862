#pragma once
// Kernels without windows: sums of two images, softmax, means over the plane.
#import <MetalPerformanceShaders/MPSCNNKernel.h>

@interface MPSCNNBinaryKernel : MPSKernel
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device NS_DESIGNATED_INITIALIZER;
@property(readwrite, nonatomic) MPSOffset primaryOffset;
@property(readwrite, nonatomic) MPSOffset secondaryOffset;
@property(readwrite, nonatomic) MTLRegion clipRect;
@property(readwrite, nonatomic) NSUInteger destinationFeatureChannelOffset;
@property(readwrite, nonatomic, nonnull, retain) id<MPSNNPadding> padding;
@property(readwrite, nonatomic, retain, nonnull) id<MPSImageAllocator> destinationImageAllocator;
@end

@interface MPSCNNArithmetic : MPSCNNBinaryKernel
@property(readwrite, nonatomic) float primaryScale;
@property(readwrite, nonatomic) float secondaryScale;
@property(readwrite, nonatomic) float bias;
@property(readwrite, nonatomic) float minimumValue;
@property(readwrite, nonatomic) float maximumValue;
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device NS_UNAVAILABLE;
@end

@interface MPSCNNAdd : MPSCNNArithmetic
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device NS_DESIGNATED_INITIALIZER;
@end

@interface MPSCNNSoftMax : MPSCNNKernel
@end

@interface MPSNNReduceUnary : MPSCNNKernel
@property(readwrite, nonatomic) MTLRegion clipRectSource;
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device NS_UNAVAILABLE;
@end

#pragma once
// Kernels as a padding policy sees them: a graph makes and encodes them, nobody else here does.
#import <MetalPerformanceShaders/MPSNeuralNetworkTypes.h>

@interface MPSCNNKernel : MPSKernel
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device NS_DESIGNATED_INITIALIZER;
@property(readwrite, nonatomic) MPSOffset offset;
@property(readwrite, nonatomic) MTLRegion clipRect;
@property(readwrite, nonatomic) NSUInteger destinationFeatureChannelOffset;
@property(readwrite, nonatomic) NSUInteger sourceFeatureChannelOffset;
@property(readwrite, nonatomic) NSUInteger sourceFeatureChannelMaxCount;
@property(readwrite, nonatomic) MPSImageEdgeMode edgeMode;
@property(readonly, nonatomic) NSUInteger kernelWidth;
@property(readonly, nonatomic) NSUInteger kernelHeight;
@property(readonly, nonatomic) NSUInteger strideInPixelsX;
@property(readonly, nonatomic) NSUInteger strideInPixelsY;
@property(readonly, nonatomic) NSUInteger dilationRateX;
@property(readonly, nonatomic) NSUInteger dilationRateY;
@property(readonly, nonatomic) BOOL isBackwards;
@property(readwrite, nonatomic, nonnull, retain) id<MPSNNPadding> padding;
@property(readwrite, nonatomic, retain, nonnull) id<MPSImageAllocator> destinationImageAllocator;
@end

#pragma once
// Average pooling.
#import <MetalPerformanceShaders/MPSCNNKernel.h>

@interface MPSCNNPooling : MPSCNNKernel
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device
                           kernelWidth:(NSUInteger)kernelWidth
                          kernelHeight:(NSUInteger)kernelHeight;
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device
                           kernelWidth:(NSUInteger)kernelWidth
                          kernelHeight:(NSUInteger)kernelHeight
                       strideInPixelsX:(NSUInteger)strideInPixelsX
                       strideInPixelsY:(NSUInteger)strideInPixelsY NS_DESIGNATED_INITIALIZER;
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device NS_UNAVAILABLE;
@end

@interface MPSCNNPoolingAverage : MPSCNNPooling
@property(readwrite, nonatomic) NSUInteger zeroPadSizeX;
@property(readwrite, nonatomic) NSUInteger zeroPadSizeY;
@end

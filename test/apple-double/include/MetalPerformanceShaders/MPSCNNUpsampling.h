#pragma once
// Enlarging by whole factors.
#import <MetalPerformanceShaders/MPSCNNKernel.h>

@interface MPSCNNUpsampling : MPSCNNKernel
@property(readonly, nonatomic) double scaleFactorX;
@property(readonly, nonatomic) double scaleFactorY;
@property(readonly, nonatomic) BOOL alignCorners;
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device NS_UNAVAILABLE;
@end

@interface MPSCNNUpsamplingNearest : MPSCNNUpsampling
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device
                   integerScaleFactorX:(NSUInteger)integerScaleFactorX
                   integerScaleFactorY:(NSUInteger)integerScaleFactorY NS_DESIGNATED_INITIALIZER;
@end

@interface MPSCNNUpsamplingBilinear : MPSCNNUpsampling
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device
                   integerScaleFactorX:(NSUInteger)integerScaleFactorX
                   integerScaleFactorY:(NSUInteger)integerScaleFactorY;
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device
                   integerScaleFactorX:(NSUInteger)integerScaleFactorX
                   integerScaleFactorY:(NSUInteger)integerScaleFactorY
                          alignCorners:(BOOL)alignCorners NS_DESIGNATED_INITIALIZER;
@end

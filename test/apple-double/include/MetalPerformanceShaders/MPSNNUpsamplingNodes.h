#pragma once
#import <MetalPerformanceShaders/MPSCNNUpsampling.h>
#import <MetalPerformanceShaders/MPSNNNode.h>

@interface MPSCNNUpsamplingNearestNode : MPSNNFilterNode
+ (nonnull instancetype)nodeWithSource:(MPSNNImageNode* _Nonnull)sourceNode
                   integerScaleFactorX:(NSUInteger)integerScaleFactorX
                   integerScaleFactorY:(NSUInteger)integerScaleFactorY;
- (nonnull instancetype)initWithSource:(MPSNNImageNode* _Nonnull)sourceNode
                   integerScaleFactorX:(NSUInteger)integerScaleFactorX
                   integerScaleFactorY:(NSUInteger)integerScaleFactorY;
@property(nonatomic, readonly) double scaleFactorX;
@property(nonatomic, readonly) double scaleFactorY;
@end

@interface MPSCNNUpsamplingBilinearNode : MPSNNFilterNode
+ (nonnull instancetype)nodeWithSource:(MPSNNImageNode* _Nonnull)sourceNode
                   integerScaleFactorX:(NSUInteger)integerScaleFactorX
                   integerScaleFactorY:(NSUInteger)integerScaleFactorY;
+ (nonnull instancetype)nodeWithSource:(MPSNNImageNode* _Nonnull)sourceNode
                   integerScaleFactorX:(NSUInteger)integerScaleFactorX
                   integerScaleFactorY:(NSUInteger)integerScaleFactorY
                          alignCorners:(BOOL)alignCorners;
- (nonnull instancetype)initWithSource:(MPSNNImageNode* _Nonnull)sourceNode
                   integerScaleFactorX:(NSUInteger)integerScaleFactorX
                   integerScaleFactorY:(NSUInteger)integerScaleFactorY;
- (nonnull instancetype)initWithSource:(MPSNNImageNode* _Nonnull)sourceNode
                   integerScaleFactorX:(NSUInteger)integerScaleFactorX
                   integerScaleFactorY:(NSUInteger)integerScaleFactorY
                          alignCorners:(BOOL)alignCorners;
@property(nonatomic, readonly) double scaleFactorX;
@property(nonatomic, readonly) double scaleFactorY;
@property(nonatomic, readonly) BOOL alignCorners;
@end

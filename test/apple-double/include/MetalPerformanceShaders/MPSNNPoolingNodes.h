#pragma once
#import <MetalPerformanceShaders/MPSCNNPooling.h>
#import <MetalPerformanceShaders/MPSNNNode.h>

@interface MPSCNNPoolingNode : MPSNNFilterNode
@property(readonly, nonatomic) NSUInteger kernelWidth;
@property(readonly, nonatomic) NSUInteger kernelHeight;
@property(readonly, nonatomic) NSUInteger strideInPixelsX;
@property(readonly, nonatomic) NSUInteger strideInPixelsY;
+ (nonnull instancetype)nodeWithSource:(MPSNNImageNode* _Nonnull)sourceNode
                            filterSize:(NSUInteger)size;
+ (nonnull instancetype)nodeWithSource:(MPSNNImageNode* _Nonnull)sourceNode
                            filterSize:(NSUInteger)size
                                stride:(NSUInteger)stride;
- (nonnull instancetype)initWithSource:(MPSNNImageNode* _Nonnull)sourceNode
                           kernelWidth:(NSUInteger)kernelWidth
                          kernelHeight:(NSUInteger)kernelHeight
                       strideInPixelsX:(NSUInteger)strideInPixelsX
                       strideInPixelsY:(NSUInteger)strideInPixelsY;
- (nonnull instancetype)initWithSource:(MPSNNImageNode* _Nonnull)sourceNode
                            filterSize:(NSUInteger)size
                                stride:(NSUInteger)stride;
- (nonnull instancetype)initWithSource:(MPSNNImageNode* _Nonnull)sourceNode
                            filterSize:(NSUInteger)size;
@end

@interface MPSCNNPoolingAverageNode : MPSCNNPoolingNode
@end

@interface MPSNNUnaryReductionNode : MPSNNFilterNode
@property(readwrite, nonatomic) MTLRegion clipRectSource;
+ (nonnull instancetype)nodeWithSource:(MPSNNImageNode* _Nonnull)sourceNode;
- (nonnull instancetype)initWithSource:(MPSNNImageNode* _Nonnull)sourceNode;
@end

@interface MPSNNReductionSpatialMeanNode : MPSNNUnaryReductionNode
@end

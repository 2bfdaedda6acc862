#pragma once
#import <MetalPerformanceShaders/MPSCNNConvolution.h>
#import <MetalPerformanceShaders/MPSNNNode.h>

@interface MPSCNNConvolutionNode : MPSNNFilterNode
@property(readwrite, nonatomic) MPSNNConvolutionAccumulatorPrecisionOption accumulatorPrecision;
+ (nonnull instancetype)nodeWithSource:(MPSNNImageNode* _Nonnull)sourceNode
                               weights:(nonnull id<MPSCNNConvolutionDataSource>)weights;
- (nonnull instancetype)initWithSource:(MPSNNImageNode* _Nonnull)sourceNode
                               weights:(nonnull id<MPSCNNConvolutionDataSource>)weights;
@end

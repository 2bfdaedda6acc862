#pragma once
// Addition, concatenation and softmax.
#import <MetalPerformanceShaders/MPSCNNMath.h>
#import <MetalPerformanceShaders/MPSNNNode.h>

@interface MPSNNBinaryArithmeticNode : MPSNNFilterNode
+ (nonnull instancetype)nodeWithSources:(NSArray<MPSNNImageNode*>* _Nonnull)sourceNodes;
+ (nonnull instancetype)nodeWithLeftSource:(MPSNNImageNode* _Nonnull)left
                               rightSource:(MPSNNImageNode* _Nonnull)right;
- (nonnull instancetype)initWithSources:(NSArray<MPSNNImageNode*>* _Nonnull)sourceNodes;
- (nonnull instancetype)initWithLeftSource:(MPSNNImageNode* _Nonnull)left
                               rightSource:(MPSNNImageNode* _Nonnull)right;
@property(readwrite, nonatomic) float primaryScale;
@property(readwrite, nonatomic) float secondaryScale;
@property(readwrite, nonatomic) float bias;
@property(readwrite, nonatomic) float minimumValue;
@property(readwrite, nonatomic) float maximumValue;
@end

@interface MPSNNAdditionNode : MPSNNBinaryArithmeticNode
@end

@interface MPSNNConcatenationNode : MPSNNFilterNode
+ (nonnull instancetype)nodeWithSources:(NSArray<MPSNNImageNode*>* _Nonnull)sourceNodes;
- (nonnull instancetype)initWithSources:(NSArray<MPSNNImageNode*>* _Nonnull)sourceNodes;
@end

@interface MPSCNNSoftMaxNode : MPSNNFilterNode
+ (nonnull instancetype)nodeWithSource:(MPSNNImageNode* _Nonnull)sourceNode;
- (nonnull instancetype)initWithSource:(MPSNNImageNode* _Nonnull)sourceNode;
@end

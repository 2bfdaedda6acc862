#pragma once
#import <MetalPerformanceShaders/MPSCNNNeuron.h>
#import <MetalPerformanceShaders/MPSNNNode.h>

@interface MPSCNNNeuronNode : MPSNNFilterNode
+ (nonnull instancetype)nodeWithSource:(MPSNNImageNode* _Nonnull)sourceNode
                            descriptor:(MPSNNNeuronDescriptor* _Nonnull)descriptor;
@property(nonatomic, readonly) float a;
@property(nonatomic, readonly) float b;
@property(nonatomic, readonly) float c;
- (nonnull instancetype)init NS_UNAVAILABLE;
@end

@interface MPSCNNNeuronReLUNode : MPSCNNNeuronNode
+ (nonnull instancetype)nodeWithSource:(MPSNNImageNode* _Nonnull)sourceNode a:(float)a;
+ (nonnull instancetype)nodeWithSource:(MPSNNImageNode* _Nonnull)sourceNode;
- (nonnull instancetype)initWithSource:(MPSNNImageNode* _Nonnull)sourceNode;
- (nonnull instancetype)initWithSource:(MPSNNImageNode* _Nonnull)sourceNode a:(float)a;
@end

@interface MPSCNNNeuronReLUNNode : MPSCNNNeuronNode
+ (nonnull instancetype)nodeWithSource:(MPSNNImageNode* _Nonnull)sourceNode a:(float)a b:(float)b;
- (nonnull instancetype)initWithSource:(MPSNNImageNode* _Nonnull)sourceNode a:(float)a b:(float)b;
@end

@interface MPSCNNNeuronSigmoidNode : MPSCNNNeuronNode
+ (nonnull instancetype)nodeWithSource:(MPSNNImageNode* _Nonnull)sourceNode;
- (nonnull instancetype)initWithSource:(MPSNNImageNode* _Nonnull)sourceNode;
@end

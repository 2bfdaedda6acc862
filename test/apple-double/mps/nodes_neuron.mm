#include "node_internal.h"

@interface MPSCNNNeuronNode ()
- (instancetype)initWithSource:(MPSNNImageNode*)sourceNode
                    descriptor:(MPSNNNeuronDescriptor*)descriptor;
@end

@implementation MPSCNNNeuronNode {
  MPSNNNeuronDescriptor* _descriptor;
}

+ (instancetype)nodeWithSource:(MPSNNImageNode*)sourceNode
                    descriptor:(MPSNNNeuronDescriptor*)descriptor {
  return [[self alloc] initWithSource:sourceNode descriptor:descriptor];
}

- (instancetype)initWithSource:(MPSNNImageNode*)sourceNode
                    descriptor:(MPSNNNeuronDescriptor*)descriptor {
  if ((self = [super initWithSourceNodes:@[ sourceNode ]])) {
    _descriptor = [descriptor copy];
  }
  return self;
}

- (float)a {
  return _descriptor.a;
}

- (float)b {
  return _descriptor.b;
}

- (float)c {
  return _descriptor.c;
}

- (MPSKernel*)makeKernelWithDevice:(id<MTLDevice>)device {
  return [[MPSCNNNeuron alloc] initWithDevice:device neuronDescriptor:_descriptor];
}

@end

@implementation MPSCNNNeuronReLUNode

+ (instancetype)nodeWithSource:(MPSNNImageNode*)sourceNode {
  return [[self alloc] initWithSource:sourceNode];
}

+ (instancetype)nodeWithSource:(MPSNNImageNode*)sourceNode a:(float)a {
  return [[self alloc] initWithSource:sourceNode a:a];
}

- (instancetype)initWithSource:(MPSNNImageNode*)sourceNode {
  return [self initWithSource:sourceNode a:0];
}

- (instancetype)initWithSource:(MPSNNImageNode*)sourceNode a:(float)a {
  return [super
      initWithSource:sourceNode
          descriptor:[MPSNNNeuronDescriptor cnnNeuronDescriptorWithType:MPSCNNNeuronTypeReLU a:a]];
}

@end

@implementation MPSCNNNeuronReLUNNode

+ (instancetype)nodeWithSource:(MPSNNImageNode*)sourceNode a:(float)a b:(float)b {
  return [[self alloc] initWithSource:sourceNode a:a b:b];
}

- (instancetype)initWithSource:(MPSNNImageNode*)sourceNode a:(float)a b:(float)b {
  return
      [super initWithSource:sourceNode
                 descriptor:[MPSNNNeuronDescriptor cnnNeuronDescriptorWithType:MPSCNNNeuronTypeReLUN
                                                                             a:a
                                                                             b:b]];
}

@end

@implementation MPSCNNNeuronSigmoidNode

+ (instancetype)nodeWithSource:(MPSNNImageNode*)sourceNode {
  return [[self alloc] initWithSource:sourceNode];
}

- (instancetype)initWithSource:(MPSNNImageNode*)sourceNode {
  return [super
      initWithSource:sourceNode
          descriptor:[MPSNNNeuronDescriptor cnnNeuronDescriptorWithType:MPSCNNNeuronTypeSigmoid]];
}

@end

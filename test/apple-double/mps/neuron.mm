#import <MetalPerformanceShaders/MPSCNNNeuron.h>

#include <string>

#include "../metal/raise.h"
#include "compute_elementwise.h"
#include "neuron_internal.h"
#include "secure_coding.h"

using apple_double::ImageAccess;
using apple_double::NeuronFunction;

@implementation MPSNNNeuronDescriptor

APPLE_DOUBLE_SECURE_CODING

+ (MPSNNNeuronDescriptor*)cnnNeuronDescriptorWithType:(MPSCNNNeuronType)neuronType {
  return [self cnnNeuronDescriptorWithType:neuronType a:0 b:0 c:0];
}

+ (MPSNNNeuronDescriptor*)cnnNeuronDescriptorWithType:(MPSCNNNeuronType)neuronType a:(float)a {
  return [self cnnNeuronDescriptorWithType:neuronType a:a b:0 c:0];
}

+ (MPSNNNeuronDescriptor*)cnnNeuronDescriptorWithType:(MPSCNNNeuronType)neuronType
                                                    a:(float)a
                                                    b:(float)b {
  return [self cnnNeuronDescriptorWithType:neuronType a:a b:b c:0];
}

+ (MPSNNNeuronDescriptor*)cnnNeuronDescriptorWithType:(MPSCNNNeuronType)neuronType
                                                    a:(float)a
                                                    b:(float)b
                                                    c:(float)c {
  MPSNNNeuronDescriptor* descriptor = [[self alloc] initPrivately];
  descriptor.neuronType = neuronType;
  descriptor.a = a;
  descriptor.b = b;
  descriptor.c = c;
  return descriptor;
}

- (instancetype)initPrivately {
  return [super init];
}

- (id)copyWithZone:(NSZone*)zone {
  return [MPSNNNeuronDescriptor cnnNeuronDescriptorWithType:_neuronType a:_a b:_b c:_c];
}

@end

namespace apple_double {

NeuronFunction FunctionOf(MPSNNNeuronDescriptor* descriptor) {
  const NeuronFunction function = {descriptor.neuronType, descriptor.a, descriptor.b, descriptor.c};
  if (!IsKnown(function)) {
    RaiseInvalidArgument("the double does not know neuron type " + std::to_string(function.type));
  }
  return function;
}

}  // namespace apple_double

@implementation MPSCNNNeuron {
  NeuronFunction _function;
}

- (instancetype)initWithDevice:(id<MTLDevice>)device
              neuronDescriptor:(MPSNNNeuronDescriptor*)neuronDescriptor {
  if ((self = [super initWithDevice:device])) {
    _function = apple_double::FunctionOf(neuronDescriptor);
  }
  return self;
}

- (MPSCNNNeuronType)neuronType {
  return static_cast<MPSCNNNeuronType>(_function.type);
}

- (float)a {
  return _function.a;
}

- (float)b {
  return _function.b;
}

- (float)c {
  return _function.c;
}

- (std::function<void()>)operationWithSource:(ImageAccess)source
                                 destination:(ImageAccess)destination {
  return [function = _function, source, destination] {
    apple_double::ApplyNeuron(function, source.Texels(), destination.Texels());
  };
}

@end

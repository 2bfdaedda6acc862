#include "metal/weights_source.h"

#include <utility>

#include "metal/guarded.h"

using mobilenet::Activation;
using mobilenet::OperationType;
using mobilenet::Step;
using mobilenet::metal::PackedWeights;

namespace {

MPSCNNConvolutionDescriptor* DescriptorFor(const Step& step, NSUInteger inputs,
                                           NSUInteger outputs) {
  // Of a biasAdd the kernel is 1x1, as the step says nothing else.
  Class kind = [MPSCNNDepthWiseConvolutionDescriptor class];
  if (step.type == OperationType::kConv2d) {
    kind = [MPSCNNConvolutionDescriptor class];
  }
  MPSCNNConvolutionDescriptor* descriptor =
      [kind cnnConvolutionDescriptorWithKernelWidth:static_cast<NSUInteger>(step.kernel.width)
                                       kernelHeight:static_cast<NSUInteger>(step.kernel.height)
                               inputFeatureChannels:inputs
                              outputFeatureChannels:outputs];
  descriptor.strideInPixelsX = static_cast<NSUInteger>(step.stride.width);
  descriptor.strideInPixelsY = static_cast<NSUInteger>(step.stride.height);
  descriptor.dilationRateX = static_cast<NSUInteger>(step.dilation.width);
  descriptor.dilationRateY = static_cast<NSUInteger>(step.dilation.height);
  descriptor.fusedNeuronDescriptor = mobilenet::metal::NeuronFor(step.activation);
  return descriptor;
}

}  // namespace

namespace mobilenet::metal {

MPSNNNeuronDescriptor* NeuronFor(Activation activation) {
  switch (activation) {
    case Activation::kNone:
      return [MPSNNNeuronDescriptor cnnNeuronDescriptorWithType:MPSCNNNeuronTypeNone];
    case Activation::kRelu:
      return [MPSNNNeuronDescriptor cnnNeuronDescriptorWithType:MPSCNNNeuronTypeReLU a:0.0f];
    case Activation::kRelu6:
      return [MPSNNNeuronDescriptor cnnNeuronDescriptorWithType:MPSCNNNeuronTypeReLUN
                                                              a:0.0f
                                                              b:6.0f];
  }
}

}  // namespace mobilenet::metal

@implementation MobilenetWeightsSource {
  MPSCNNConvolutionDescriptor* _descriptor;
  NSString* _label;
  std::shared_ptr<PackedWeights> _weights;
}

- (instancetype)initWithStep:(const Step&)step
               inputChannels:(NSUInteger)inputChannels
              outputChannels:(NSUInteger)outputChannels
                     weights:(std::shared_ptr<PackedWeights>)weights {
  self = [super init];
  if (self != nil) {
    _descriptor = DescriptorFor(step, inputChannels, outputChannels);
    _label = mobilenet::metal::ToObjectiveC(step.name);
    _weights = std::move(weights);
  }
  return self;
}

// Nothing in it changes, so a copy is the same.
- (id)copyWithZone:(NSZone*)zone {
  return self;
}

- (MPSDataType)dataType {
  return _weights->floats.empty() ? MPSDataTypeFloat16 : MPSDataTypeFloat32;
}

// Without this MPS computes with float16 whatever the weights are.
- (MPSDataType)kernelWeightsDataType {
  return [self dataType];
}

- (MPSCNNConvolutionWeightsLayout)weightsLayout {
  return MPSCNNConvolutionWeightsLayoutOHWI;
}

- (MPSCNNConvolutionDescriptor*)descriptor {
  return _descriptor;
}

- (void*)weights {
  return _weights->floats.empty() ? static_cast<void*>(_weights->halves.data())
                                  : static_cast<void*>(_weights->floats.data());
}

- (float*)biasTerms {
  return _weights->bias.empty() ? nullptr : _weights->bias.data();
}

- (BOOL)load {
  return YES;
}

- (void)purge {
}

- (NSString*)label {
  return _label;
}

@end

#import <MetalPerformanceShaders/MPSCNNConvolution.h>

#include <memory>

#include "../metal/raise.h"
#include "convolution_weights.h"
#include "kernel_internal.h"

using apple_double::Convolution;
using apple_double::ConvolutionPlacement;
using apple_double::ConvolutionWeights;
using apple_double::ImageAccess;
using apple_double::NameOf;
using apple_double::RaiseInvalidArgument;

@implementation MPSCNNConvolution {
  id<MPSCNNConvolutionDataSource> _dataSource;
  MPSNNNeuronDescriptor* _neuron;
  std::shared_ptr<const Convolution> _convolution;
  bool _hasFloat32Weights;
}

- (instancetype)initWithDevice:(id<MTLDevice>)device
                       weights:(id<MPSCNNConvolutionDataSource>)weights {
  if ((self = [super initWithDevice:device])) {
    _dataSource = weights;
    _accumulatorPrecisionOption = MPSNNConvolutionAccumulatorPrecisionOptionFloat;
    ConvolutionWeights read;
    if (!apple_double::ReadWeights(weights, read)) {
      return nil;
    }
    self.label = read.label;
    _hasFloat32Weights = read.kernel_has_float32_weights;
    const auto& neuron = read.shape.neuron;
    _neuron = [MPSNNNeuronDescriptor
        cnnNeuronDescriptorWithType:static_cast<MPSCNNNeuronType>(neuron.type)
                                  a:neuron.a
                                  b:neuron.b
                                  c:neuron.c];
    _convolution =
        std::make_shared<const Convolution>(read.shape, read.weights, std::move(read.biases));
  }
  return self;
}

- (id<MPSCNNConvolutionDataSource>)dataSource {
  return _dataSource;
}

- (NSUInteger)inputFeatureChannels {
  return _convolution->Shape().input_channels;
}

- (NSUInteger)outputFeatureChannels {
  return _convolution->Shape().output_channels;
}

- (NSUInteger)groups {
  return _convolution->Shape().groups;
}

- (NSUInteger)channelMultiplier {
  return _convolution->Shape().depthwise ? 1 : 0;
}

- (MPSNNNeuronDescriptor*)fusedNeuronDescriptor {
  return _neuron;
}

- (NSUInteger)kernelWidth {
  return _convolution->Shape().kernel_width;
}

- (NSUInteger)kernelHeight {
  return _convolution->Shape().kernel_height;
}

- (NSUInteger)strideInPixelsX {
  return _convolution->Shape().stride_x;
}

- (NSUInteger)strideInPixelsY {
  return _convolution->Shape().stride_y;
}

- (NSUInteger)dilationRateX {
  return _convolution->Shape().dilation_x;
}

- (NSUInteger)dilationRateY {
  return _convolution->Shape().dilation_y;
}

- (void)setAccumulatorPrecisionOption:(MPSNNConvolutionAccumulatorPrecisionOption)option {
  // MPSCNNConvolution.h, kernelWeightsDataType.
  if (_hasFloat32Weights && (option & MPSNNConvolutionAccumulatorPrecisionOptionFloat) == 0) {
    RaiseInvalidArgument(NameOf(self) + ": Float32 kernel weights need a Float accumulator");
  }
  _accumulatorPrecisionOption = option;
}

- (NSUInteger)outputChannelsForChannels:(NSUInteger)channels {
  if (channels != self.inputFeatureChannels) {
    RaiseInvalidArgument(NameOf(self) + ": the image has " + std::to_string(channels) +
                         " channels, the descriptor says " +
                         std::to_string(self.inputFeatureChannels));
  }
  return self.outputFeatureChannels;
}

- (std::function<void()>)operationWithSource:(ImageAccess)source
                                 destination:(ImageAccess)destination {
  ConvolutionPlacement placement;
  placement.offset_x = self.offset.x;
  placement.offset_y = self.offset.y;
  placement.clamp = self.edgeMode == MPSImageEdgeModeClamp;
  placement.half_accumulator =
      (_accumulatorPrecisionOption & MPSNNConvolutionAccumulatorPrecisionOptionFloat) == 0;
  return [convolution = _convolution, source, destination, placement] {
    convolution->Run(source.Texels(), destination.Texels(), placement);
  };
}

@end

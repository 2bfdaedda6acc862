#import <MetalPerformanceShaders/MPSCNNConvolution.h>

#include "secure_coding.h"

@implementation MPSCNNConvolutionDescriptor

- (instancetype)init {
  if ((self = [super init])) {
    _kernelWidth = _kernelHeight = 3;
    _strideInPixelsX = _strideInPixelsY = 1;
    _dilationRateX = _dilationRateY = 1;
    _groups = 1;
    _fusedNeuronDescriptor =
        [MPSNNNeuronDescriptor cnnNeuronDescriptorWithType:MPSCNNNeuronTypeNone];
  }
  return self;
}

APPLE_DOUBLE_SECURE_CODING

+ (instancetype)cnnConvolutionDescriptorWithKernelWidth:(NSUInteger)kernelWidth
                                           kernelHeight:(NSUInteger)kernelHeight
                                   inputFeatureChannels:(NSUInteger)inputFeatureChannels
                                  outputFeatureChannels:(NSUInteger)outputFeatureChannels {
  MPSCNNConvolutionDescriptor* descriptor = [[self alloc] init];
  descriptor.kernelWidth = kernelWidth;
  descriptor.kernelHeight = kernelHeight;
  descriptor.inputFeatureChannels = inputFeatureChannels;
  descriptor.outputFeatureChannels = outputFeatureChannels;
  return descriptor;
}

- (id)copyWithZone:(NSZone*)zone {
  MPSCNNConvolutionDescriptor* copy = [[[self class] alloc] init];
  copy.kernelWidth = _kernelWidth;
  copy.kernelHeight = _kernelHeight;
  copy.inputFeatureChannels = _inputFeatureChannels;
  copy.outputFeatureChannels = _outputFeatureChannels;
  copy.strideInPixelsX = _strideInPixelsX;
  copy.strideInPixelsY = _strideInPixelsY;
  copy.groups = _groups;
  copy.dilationRateX = _dilationRateX;
  copy.dilationRateY = _dilationRateY;
  copy.fusedNeuronDescriptor = [_fusedNeuronDescriptor copy];
  return copy;
}

@end

@implementation MPSCNNDepthWiseConvolutionDescriptor

- (NSUInteger)channelMultiplier {
  return self.inputFeatureChannels == 0 ? 0
                                        : self.outputFeatureChannels / self.inputFeatureChannels;
}

@end

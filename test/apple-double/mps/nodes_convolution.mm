#include "node_internal.h"

#import <MetalPerformanceShaders/MPSCNNConvolution.h>

@implementation MPSCNNConvolutionNode {
  id<MPSCNNConvolutionDataSource> _weights;
}

+ (instancetype)nodeWithSource:(MPSNNImageNode*)sourceNode
                       weights:(id<MPSCNNConvolutionDataSource>)weights {
  return [[self alloc] initWithSource:sourceNode weights:weights];
}

- (instancetype)initWithSource:(MPSNNImageNode*)sourceNode
                       weights:(id<MPSCNNConvolutionDataSource>)weights {
  if ((self = [super initWithSourceNodes:@[ sourceNode ]])) {
    _weights = weights;
    // MPSNNGraphNodes.h, accumulatorPrecision.
    _accumulatorPrecision = MPSNNConvolutionAccumulatorPrecisionOptionFloat;
  }
  return self;
}

- (MPSKernel*)makeKernelWithDevice:(id<MTLDevice>)device {
  MPSCNNConvolution* kernel = [[MPSCNNConvolution alloc] initWithDevice:device weights:_weights];
  kernel.accumulatorPrecisionOption = _accumulatorPrecision;
  return kernel;
}

@end

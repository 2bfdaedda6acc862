#include "node_internal.h"
#include "reduction.h"

@implementation MPSCNNPoolingNode

+ (instancetype)nodeWithSource:(MPSNNImageNode*)sourceNode filterSize:(NSUInteger)size {
  return [[self alloc] initWithSource:sourceNode filterSize:size];
}

+ (instancetype)nodeWithSource:(MPSNNImageNode*)sourceNode
                    filterSize:(NSUInteger)size
                        stride:(NSUInteger)stride {
  return [[self alloc] initWithSource:sourceNode filterSize:size stride:stride];
}

// MPSNNGraphNodes.h: windows that do not overlap unless a stride is given.
- (instancetype)initWithSource:(MPSNNImageNode*)sourceNode filterSize:(NSUInteger)size {
  return [self initWithSource:sourceNode filterSize:size stride:size];
}

- (instancetype)initWithSource:(MPSNNImageNode*)sourceNode
                    filterSize:(NSUInteger)size
                        stride:(NSUInteger)stride {
  return [self initWithSource:sourceNode
                  kernelWidth:size
                 kernelHeight:size
              strideInPixelsX:stride
              strideInPixelsY:stride];
}

- (instancetype)initWithSource:(MPSNNImageNode*)sourceNode
                   kernelWidth:(NSUInteger)kernelWidth
                  kernelHeight:(NSUInteger)kernelHeight
               strideInPixelsX:(NSUInteger)strideInPixelsX
               strideInPixelsY:(NSUInteger)strideInPixelsY {
  if ((self = [super initWithSourceNodes:@[ sourceNode ]])) {
    _kernelWidth = kernelWidth;
    _kernelHeight = kernelHeight;
    _strideInPixelsX = strideInPixelsX;
    _strideInPixelsY = strideInPixelsY;
  }
  return self;
}

@end

@implementation MPSCNNPoolingAverageNode

- (MPSKernel*)makeKernelWithDevice:(id<MTLDevice>)device {
  MPSCNNPoolingAverage* kernel = [[MPSCNNPoolingAverage alloc] initWithDevice:device
                                                                  kernelWidth:self.kernelWidth
                                                                 kernelHeight:self.kernelHeight
                                                              strideInPixelsX:self.strideInPixelsX
                                                              strideInPixelsY:self.strideInPixelsY];
  // MPSNNGraphNodes.h, MPSCNNPoolingAverageNode: edges are clamped unless a policy says otherwise.
  kernel.edgeMode = MPSImageEdgeModeClamp;
  return kernel;
}

@end

@implementation MPSNNUnaryReductionNode

+ (instancetype)nodeWithSource:(MPSNNImageNode*)sourceNode {
  return [[self alloc] initWithSource:sourceNode];
}

- (instancetype)initWithSource:(MPSNNImageNode*)sourceNode {
  if ((self = [super initWithSourceNodes:@[ sourceNode ]])) {
    _clipRectSource = MPSRectNoClip;
  }
  return self;
}

@end

@implementation MPSNNReductionSpatialMeanNode

- (MPSKernel*)makeKernelWithDevice:(id<MTLDevice>)device {
  AppleDoubleSpatialMean* kernel = [[AppleDoubleSpatialMean alloc] initPrivatelyWithDevice:device];
  kernel.clipRectSource = self.clipRectSource;
  return kernel;
}

@end

#include <cfloat>

#include "../metal/raise.h"
#include "concatenation.h"
#include "node_internal.h"

@implementation MPSNNBinaryArithmeticNode

+ (instancetype)nodeWithSources:(NSArray<MPSNNImageNode*>*)sourceNodes {
  return [[self alloc] initWithSources:sourceNodes];
}

+ (instancetype)nodeWithLeftSource:(MPSNNImageNode*)left rightSource:(MPSNNImageNode*)right {
  return [[self alloc] initWithLeftSource:left rightSource:right];
}

- (instancetype)initWithSources:(NSArray<MPSNNImageNode*>*)sourceNodes {
  if (sourceNodes.count != 2) {
    apple_double::RaiseInvalidArgument("a binary arithmetic node takes two sources");
  }
  if ((self = [super initWithSourceNodes:sourceNodes])) {
    _primaryScale = _secondaryScale = 1;
    _minimumValue = -FLT_MAX;
    _maximumValue = FLT_MAX;
  }
  return self;
}

- (instancetype)initWithLeftSource:(MPSNNImageNode*)left rightSource:(MPSNNImageNode*)right {
  return [self initWithSources:@[ left, right ]];
}

@end

@implementation MPSNNAdditionNode

- (MPSKernel*)makeKernelWithDevice:(id<MTLDevice>)device {
  MPSCNNAdd* kernel = [[MPSCNNAdd alloc] initWithDevice:device];
  kernel.primaryScale = self.primaryScale;
  kernel.secondaryScale = self.secondaryScale;
  kernel.bias = self.bias;
  kernel.minimumValue = self.minimumValue;
  kernel.maximumValue = self.maximumValue;
  return kernel;
}

@end

@implementation MPSNNConcatenationNode

+ (instancetype)nodeWithSources:(NSArray<MPSNNImageNode*>*)sourceNodes {
  return [[self alloc] initWithSources:sourceNodes];
}

- (instancetype)initWithSources:(NSArray<MPSNNImageNode*>*)sourceNodes {
  return [super initWithSourceNodes:sourceNodes];
}

- (MPSKernel*)makeKernelWithDevice:(id<MTLDevice>)device {
  return [[AppleDoubleConcatenation alloc] initWithDevice:device];
}

@end

@implementation MPSCNNSoftMaxNode

+ (instancetype)nodeWithSource:(MPSNNImageNode*)sourceNode {
  return [[self alloc] initWithSource:sourceNode];
}

- (instancetype)initWithSource:(MPSNNImageNode*)sourceNode {
  return [super initWithSourceNodes:@[ sourceNode ]];
}

- (MPSKernel*)makeKernelWithDevice:(id<MTLDevice>)device {
  return [[MPSCNNSoftMax alloc] initWithDevice:device];
}

@end

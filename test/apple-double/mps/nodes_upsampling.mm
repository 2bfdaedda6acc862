#include "node_internal.h"

@implementation MPSCNNUpsamplingNearestNode {
  NSUInteger _factorX;
  NSUInteger _factorY;
}

+ (instancetype)nodeWithSource:(MPSNNImageNode*)sourceNode
           integerScaleFactorX:(NSUInteger)integerScaleFactorX
           integerScaleFactorY:(NSUInteger)integerScaleFactorY {
  return [[self alloc] initWithSource:sourceNode
                  integerScaleFactorX:integerScaleFactorX
                  integerScaleFactorY:integerScaleFactorY];
}

- (instancetype)initWithSource:(MPSNNImageNode*)sourceNode
           integerScaleFactorX:(NSUInteger)integerScaleFactorX
           integerScaleFactorY:(NSUInteger)integerScaleFactorY {
  if ((self = [super initWithSourceNodes:@[ sourceNode ]])) {
    _factorX = integerScaleFactorX;
    _factorY = integerScaleFactorY;
  }
  return self;
}

- (double)scaleFactorX {
  return static_cast<double>(_factorX);
}

- (double)scaleFactorY {
  return static_cast<double>(_factorY);
}

- (MPSKernel*)makeKernelWithDevice:(id<MTLDevice>)device {
  return [[MPSCNNUpsamplingNearest alloc] initWithDevice:device
                                     integerScaleFactorX:_factorX
                                     integerScaleFactorY:_factorY];
}

@end

@implementation MPSCNNUpsamplingBilinearNode {
  NSUInteger _factorX;
  NSUInteger _factorY;
}

+ (instancetype)nodeWithSource:(MPSNNImageNode*)sourceNode
           integerScaleFactorX:(NSUInteger)integerScaleFactorX
           integerScaleFactorY:(NSUInteger)integerScaleFactorY {
  return [[self alloc] initWithSource:sourceNode
                  integerScaleFactorX:integerScaleFactorX
                  integerScaleFactorY:integerScaleFactorY];
}

+ (instancetype)nodeWithSource:(MPSNNImageNode*)sourceNode
           integerScaleFactorX:(NSUInteger)integerScaleFactorX
           integerScaleFactorY:(NSUInteger)integerScaleFactorY
                  alignCorners:(BOOL)alignCorners {
  return [[self alloc] initWithSource:sourceNode
                  integerScaleFactorX:integerScaleFactorX
                  integerScaleFactorY:integerScaleFactorY
                         alignCorners:alignCorners];
}

- (instancetype)initWithSource:(MPSNNImageNode*)sourceNode
           integerScaleFactorX:(NSUInteger)integerScaleFactorX
           integerScaleFactorY:(NSUInteger)integerScaleFactorY {
  return [self initWithSource:sourceNode
          integerScaleFactorX:integerScaleFactorX
          integerScaleFactorY:integerScaleFactorY
                 alignCorners:NO];
}

- (instancetype)initWithSource:(MPSNNImageNode*)sourceNode
           integerScaleFactorX:(NSUInteger)integerScaleFactorX
           integerScaleFactorY:(NSUInteger)integerScaleFactorY
                  alignCorners:(BOOL)alignCorners {
  if ((self = [super initWithSourceNodes:@[ sourceNode ]])) {
    _factorX = integerScaleFactorX;
    _factorY = integerScaleFactorY;
    _alignCorners = alignCorners;
  }
  return self;
}

- (double)scaleFactorX {
  return static_cast<double>(_factorX);
}

- (double)scaleFactorY {
  return static_cast<double>(_factorY);
}

- (MPSKernel*)makeKernelWithDevice:(id<MTLDevice>)device {
  return [[MPSCNNUpsamplingBilinear alloc] initWithDevice:device
                                      integerScaleFactorX:_factorX
                                      integerScaleFactorY:_factorY
                                             alignCorners:_alignCorners];
}

@end

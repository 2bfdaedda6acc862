#import <MetalPerformanceShaders/MPSCNNUpsampling.h>

#include "../metal/raise.h"
#include "compute_elementwise.h"
#include "kernel_internal.h"

using apple_double::ImageAccess;
using apple_double::Upsampling;

@interface MPSCNNUpsampling ()
- (instancetype)initWithDevice:(id<MTLDevice>)device upsampling:(const Upsampling&)upsampling;
- (const Upsampling&)upsampling;
@end

@implementation MPSCNNUpsampling {
  Upsampling _upsampling;
}

- (instancetype)initWithDevice:(id<MTLDevice>)device upsampling:(const Upsampling&)upsampling {
  // MPSCNNUpsampling.h: "must be an integer value >= 1".
  if (upsampling.factor_x == 0 || upsampling.factor_y == 0) {
    apple_double::RaiseInvalidArgument("upsampling by a factor of 0");
  }
  if ((self = [super initWithDevice:device])) {
    _upsampling = upsampling;
  }
  return self;
}

- (const Upsampling&)upsampling {
  return _upsampling;
}

- (double)scaleFactorX {
  return static_cast<double>(_upsampling.factor_x);
}

- (double)scaleFactorY {
  return static_cast<double>(_upsampling.factor_y);
}

- (BOOL)alignCorners {
  return _upsampling.align_corners;
}

- (MPSImageDescriptor*)suggestedDescriptorForSources:(NSArray<MPSImage*>*)sources
                                              method:(MPSNNPaddingMethod)method
                                              format:(MPSImageFeatureChannelFormat)format {
  MPSImageDescriptor* descriptor = [super suggestedDescriptorForSources:sources
                                                                 method:method
                                                                 format:format];
  self.offset = {0, 0, 0};
  descriptor.width = sources[0].width * _upsampling.factor_x;
  descriptor.height = sources[0].height * _upsampling.factor_y;
  return descriptor;
}

@end

@implementation MPSCNNUpsamplingNearest

- (instancetype)initWithDevice:(id<MTLDevice>)device
           integerScaleFactorX:(NSUInteger)integerScaleFactorX
           integerScaleFactorY:(NSUInteger)integerScaleFactorY {
  return [super initWithDevice:device upsampling:{integerScaleFactorX, integerScaleFactorY, false}];
}

- (std::function<void()>)operationWithSource:(ImageAccess)source
                                 destination:(ImageAccess)destination {
  return [upsampling = [self upsampling], source, destination] {
    apple_double::UpsampleNearest(upsampling, source.Texels(), destination.Texels());
  };
}

@end

@implementation MPSCNNUpsamplingBilinear

- (instancetype)initWithDevice:(id<MTLDevice>)device
           integerScaleFactorX:(NSUInteger)integerScaleFactorX
           integerScaleFactorY:(NSUInteger)integerScaleFactorY {
  return [self initWithDevice:device
          integerScaleFactorX:integerScaleFactorX
          integerScaleFactorY:integerScaleFactorY
                 alignCorners:NO];
}

- (instancetype)initWithDevice:(id<MTLDevice>)device
           integerScaleFactorX:(NSUInteger)integerScaleFactorX
           integerScaleFactorY:(NSUInteger)integerScaleFactorY
                  alignCorners:(BOOL)alignCorners {
  return [super initWithDevice:device
                    upsampling:{integerScaleFactorX, integerScaleFactorY, alignCorners != NO}];
}

- (std::function<void()>)operationWithSource:(ImageAccess)source
                                 destination:(ImageAccess)destination {
  return [upsampling = [self upsampling], source, destination] {
    apple_double::UpsampleBilinear(upsampling, source.Texels(), destination.Texels());
  };
}

@end

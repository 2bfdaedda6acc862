#import <MetalPerformanceShaders/MPSCNNPooling.h>

#include "../metal/raise.h"
#include "compute_elementwise.h"
#include "kernel_internal.h"

using apple_double::ImageAccess;
using apple_double::Pooling;

@implementation MPSCNNPooling {
  NSUInteger _kernelWidth;
  NSUInteger _kernelHeight;
  NSUInteger _strideX;
  NSUInteger _strideY;
}

- (instancetype)initWithDevice:(id<MTLDevice>)device
                   kernelWidth:(NSUInteger)kernelWidth
                  kernelHeight:(NSUInteger)kernelHeight {
  return [self initWithDevice:device
                  kernelWidth:kernelWidth
                 kernelHeight:kernelHeight
              strideInPixelsX:1
              strideInPixelsY:1];
}

- (instancetype)initWithDevice:(id<MTLDevice>)device
                   kernelWidth:(NSUInteger)kernelWidth
                  kernelHeight:(NSUInteger)kernelHeight
               strideInPixelsX:(NSUInteger)strideInPixelsX
               strideInPixelsY:(NSUInteger)strideInPixelsY {
  if (kernelWidth == 0 || kernelHeight == 0 || strideInPixelsX == 0 || strideInPixelsY == 0) {
    apple_double::RaiseInvalidArgument("pooling with a window or stride of 0");
  }
  if ((self = [super initWithDevice:device])) {
    _kernelWidth = kernelWidth;
    _kernelHeight = kernelHeight;
    _strideX = strideInPixelsX;
    _strideY = strideInPixelsY;
  }
  return self;
}

- (NSUInteger)kernelWidth {
  return _kernelWidth;
}

- (NSUInteger)kernelHeight {
  return _kernelHeight;
}

- (NSUInteger)strideInPixelsX {
  return _strideX;
}

- (NSUInteger)strideInPixelsY {
  return _strideY;
}

@end

@implementation MPSCNNPoolingAverage

- (std::function<void()>)operationWithSource:(ImageAccess)source
                                 destination:(ImageAccess)destination {
  Pooling pooling;
  pooling.kernel_width = self.kernelWidth;
  pooling.kernel_height = self.kernelHeight;
  pooling.stride_x = self.strideInPixelsX;
  pooling.stride_y = self.strideInPixelsY;
  pooling.offset_x = self.offset.x;
  pooling.offset_y = self.offset.y;
  pooling.clamp = self.edgeMode == MPSImageEdgeModeClamp;
  pooling.zero_pad_x = static_cast<long>(self.zeroPadSizeX);
  pooling.zero_pad_y = static_cast<long>(self.zeroPadSizeY);
  return [pooling, source, destination] {
    apple_double::PoolAverage(pooling, source.Texels(), destination.Texels());
  };
}

@end

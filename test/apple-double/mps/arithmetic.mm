#import <MetalPerformanceShaders/MPSCNNMath.h>

#include <cfloat>

#include "../metal/raise.h"
#include "compute_elementwise.h"
#include "kernel_internal.h"

using apple_double::ImageAccess;
using apple_double::NameOf;
using apple_double::RaiseInvalidArgument;

@implementation MPSCNNBinaryKernel

- (instancetype)initWithDevice:(id<MTLDevice>)device {
  if ((self = [super initWithDevice:device])) {
    _clipRect = MPSRectNoClip;
    // MPSCNNKernel.h, MPSCNNBinaryKernel.padding.
    _padding = [MPSNNDefaultPadding paddingWithMethod:MPSNNPaddingMethodAlignCentered |
                                                      MPSNNPaddingMethodAddRemainderToTopLeft |
                                                      MPSNNPaddingMethodSizeSame];
    _destinationImageAllocator = [MPSTemporaryImage defaultAllocator];
  }
  return self;
}

@end

@interface MPSCNNArithmetic ()
- (instancetype)initPrivatelyWithDevice:(id<MTLDevice>)device;
@end

@implementation MPSCNNArithmetic

- (instancetype)initPrivatelyWithDevice:(id<MTLDevice>)device {
  if ((self = [super initWithDevice:device])) {
    // MPSCNNMath.h.
    _primaryScale = _secondaryScale = 1;
    _minimumValue = -FLT_MAX;
    _maximumValue = FLT_MAX;
  }
  return self;
}

@end

@implementation MPSCNNAdd

- (instancetype)initWithDevice:(id<MTLDevice>)device {
  return [super initPrivatelyWithDevice:device];
}

- (void)encodeOn:(AppleDoubleCommandBuffer*)commandBuffer
         sources:(NSArray<MPSImage*>*)sources
     destination:(MPSImage*)destination {
  [commandBuffer requireEncodable];
  apple_double::RequireNoClip(self.clipRect, destination);
  MPSImage* primary = sources[0];
  MPSImage* secondary = sources[1];
  for (MPSImage* image in @[ primary, secondary, destination ]) {
    apple_double::RequireDevice(self, image);
    if (image.width != primary.width || image.height != primary.height) {
      RaiseInvalidArgument(NameOf(self) + ": the images differ in size");
    }
  }
  if (primary.featureChannels != secondary.featureChannels) {
    RaiseInvalidArgument(NameOf(self) + ": the images differ in channels");
  }
  const NSUInteger channels = primary.featureChannels;
  const ImageAccess first = apple_double::ReadAccess(primary, commandBuffer, 0, channels);
  const ImageAccess second = apple_double::ReadAccess(secondary, commandBuffer, 0, channels);
  const ImageAccess to = apple_double::WriteAccess(destination, commandBuffer,
                                                   self.destinationFeatureChannelOffset, channels);
  const apple_double::Sum sum = {self.primaryScale, self.secondaryScale, self.bias,
                                 self.minimumValue, self.maximumValue};
  [commandBuffer appendOperation:[sum, first, second, to] {
    apple_double::Add(sum, first.Texels(), second.Texels(), to.Texels());
    [to.texture storage]->GpuWroteAll();
  }];
}

@end

@implementation MPSCNNSoftMax

- (std::function<void()>)operationWithSource:(ImageAccess)source
                                 destination:(ImageAccess)destination {
  return [source, destination] { apple_double::SoftMax(source.Texels(), destination.Texels()); };
}

@end

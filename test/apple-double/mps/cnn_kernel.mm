#import <MetalPerformanceShaders/MPSCoreTypes.h>

#include <algorithm>

#include "../metal/raise.h"
#include "kernel_internal.h"

using apple_double::Axis;
using apple_double::ImageAccess;
using apple_double::PlaceWindow;
using apple_double::RaiseInvalidArgument;

@implementation MPSCNNKernel

- (instancetype)initWithDevice:(id<MTLDevice>)device {
  if ((self = [super initWithDevice:device])) {
    _clipRect = MPSRectNoClip;
    _sourceFeatureChannelMaxCount = NSUIntegerMax;
    _edgeMode = MPSImageEdgeModeZero;
    _padding = [MPSNNDefaultPadding paddingWithMethod:MPSNNPaddingMethodAlignCentered |
                                                      MPSNNPaddingMethodAddRemainderToTopLeft |
                                                      MPSNNPaddingMethodSizeSame];
    _destinationImageAllocator = [MPSTemporaryImage defaultAllocator];
  }
  return self;
}

- (NSUInteger)kernelWidth {
  return 1;
}

- (NSUInteger)kernelHeight {
  return 1;
}

- (NSUInteger)strideInPixelsX {
  return 1;
}

- (NSUInteger)strideInPixelsY {
  return 1;
}

- (NSUInteger)dilationRateX {
  return 1;
}

- (NSUInteger)dilationRateY {
  return 1;
}

- (BOOL)isBackwards {
  return NO;
}

- (NSUInteger)outputChannelsForChannels:(NSUInteger)channels {
  return channels;
}

- (NSUInteger)sourceChannels:(MPSImage*)source {
  if (_sourceFeatureChannelOffset >= source.featureChannels) {
    RaiseInvalidArgument(apple_double::NameOf(self) +
                         ": sourceFeatureChannelOffset lies beyond the image's channels");
  }
  return std::min(source.featureChannels - _sourceFeatureChannelOffset,
                  _sourceFeatureChannelMaxCount);
}

- (MPSImageDescriptor*)suggestedDescriptorForSources:(NSArray<MPSImage*>*)sources
                                              method:(MPSNNPaddingMethod)method
                                              format:(MPSImageFeatureChannelFormat)format {
  MPSImage* source = sources[0];
  const auto x = PlaceWindow(method, Axis::kX, source.width,
                             (self.kernelWidth - 1) * self.dilationRateX + 1, self.strideInPixelsX);
  const auto y =
      PlaceWindow(method, Axis::kY, source.height, (self.kernelHeight - 1) * self.dilationRateY + 1,
                  self.strideInPixelsY);
  _offset = {x.offset, y.offset, 0};
  return [MPSImageDescriptor
      imageDescriptorWithChannelFormat:format
                                 width:x.size
                                height:y.size
                       featureChannels:[self
                                           outputChannelsForChannels:[self sourceChannels:source]]];
}

- (void)encodeOn:(AppleDoubleCommandBuffer*)commandBuffer
         sources:(NSArray<MPSImage*>*)sources
     destination:(MPSImage*)destination {
  [commandBuffer requireEncodable];
  MPSImage* source = sources[0];
  for (MPSImage* image in @[ source, destination ]) {
    apple_double::RequireDevice(self, image);
  }
  apple_double::RequireNoClip(_clipRect, destination);
  if (_offset.z != 0) {
    RaiseInvalidArgument(apple_double::NameOf(self) + ": there is only one image, offset.z is 0");
  }
  const NSUInteger channels = [self sourceChannels:source];
  const ImageAccess from =
      apple_double::ReadAccess(source, commandBuffer, _sourceFeatureChannelOffset, channels);
  const ImageAccess to =
      apple_double::WriteAccess(destination, commandBuffer, _destinationFeatureChannelOffset,
                                [self outputChannelsForChannels:channels]);
  [commandBuffer appendOperation:[run = [self operationWithSource:from destination:to],
                                  storage = [to.texture storage]] {
    run();
    storage->GpuWroteAll();
  }];
}

- (std::function<void()>)operationWithSource:(ImageAccess)source
                                 destination:(ImageAccess)destination {
  [self doesNotRecognizeSelector:_cmd];
  return nullptr;
}

@end

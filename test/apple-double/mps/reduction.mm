#include "reduction.h"

#include "compute_elementwise.h"

using apple_double::ImageAccess;

@interface MPSNNReduceUnary ()
- (instancetype)initReductionWithDevice:(id<MTLDevice>)device;
@end

@implementation MPSNNReduceUnary

- (instancetype)initReductionWithDevice:(id<MTLDevice>)device {
  if ((self = [super initWithDevice:device])) {
    _clipRectSource = MPSRectNoClip;
  }
  return self;
}

@end

@implementation AppleDoubleSpatialMean

- (instancetype)initPrivatelyWithDevice:(id<MTLDevice>)device {
  return [super initReductionWithDevice:device];
}

- (MPSImageDescriptor*)suggestedDescriptorForSources:(NSArray<MPSImage*>*)sources
                                              method:(MPSNNPaddingMethod)method
                                              format:(MPSImageFeatureChannelFormat)format {
  MPSImageDescriptor* descriptor = [super suggestedDescriptorForSources:sources
                                                                 method:method
                                                                 format:format];
  descriptor.width = 1;
  descriptor.height = 1;
  return descriptor;
}

- (void)encodeOn:(AppleDoubleCommandBuffer*)commandBuffer
         sources:(NSArray<MPSImage*>*)sources
     destination:(MPSImage*)destination {
  apple_double::RequireNoClip(self.clipRectSource, sources[0]);
  [super encodeOn:commandBuffer sources:sources destination:destination];
}

- (std::function<void()>)operationWithSource:(ImageAccess)source
                                 destination:(ImageAccess)destination {
  return
      [source, destination] { apple_double::SpatialMean(source.Texels(), destination.Texels()); };
}

@end

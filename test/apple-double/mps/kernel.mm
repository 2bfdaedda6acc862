#include "../metal/raise.h"
#include "../metal/text.h"
#include "kernel_internal.h"
#include "secure_coding.h"

using apple_double::RaiseInconsistency;
using apple_double::RaiseInvalidArgument;

@implementation MPSKernel {
  id<MTLDevice> _device;
}

@synthesize label = _label;

- (instancetype)initWithDevice:(id<MTLDevice>)device {
  if ((self = [super init])) {
    if (!apple_double::StateOf(device)->spec.supports_mps) {
      return nil;
    }
    _device = device;
  }
  return self;
}

APPLE_DOUBLE_SECURE_CODING

- (id<MTLDevice>)device {
  return _device;
}

- (id)copyWithZone:(NSZone*)zone {
  RaiseInconsistency("the double does not copy kernels");
}

- (MPSImageDescriptor*)suggestedDescriptorForSources:(NSArray<MPSImage*>*)sources
                                              method:(MPSNNPaddingMethod)method
                                              format:(MPSImageFeatureChannelFormat)format {
  MPSImage* source = sources[0];
  return [MPSImageDescriptor imageDescriptorWithChannelFormat:format
                                                        width:source.width
                                                       height:source.height
                                              featureChannels:source.featureChannels];
}

- (void)encodeOn:(AppleDoubleCommandBuffer*)commandBuffer
         sources:(NSArray<MPSImage*>*)sources
     destination:(MPSImage*)destination {
  [self doesNotRecognizeSelector:_cmd];
}

@end

namespace apple_double {

std::string NameOf(MPSKernel* kernel) {
  std::string name = class_getName([kernel class]);
  return kernel.label == nil ? name : name + " " + ToString(kernel.label);
}

void RequireDevice(MPSKernel* kernel, MPSImage* image) {
  if (image.device != kernel.device) {
    RaiseInvalidArgument(NameOf(kernel) + ": image " + [image name] + " is of another device");
  }
}

void RequireNoClip(MTLRegion clip_rect, MPSImage* destination) {
  const bool whole = clip_rect.origin.x == 0 && clip_rect.origin.y == 0 &&
                     clip_rect.origin.z == 0 && clip_rect.size.width >= destination.width &&
                     clip_rect.size.height >= destination.height && clip_rect.size.depth >= 1;
  if (!whole) {
    RaiseInvalidArgument("the double writes whole images only, not a clipRect");
  }
}

}  // namespace apple_double

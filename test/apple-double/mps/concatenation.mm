#include "concatenation.h"

#include <utility>
#include <vector>

#include "../metal/raise.h"
#include "compute_elementwise.h"

using apple_double::ImageAccess;

namespace {

// MPSNNGraphNodes.h, MPSNNConcatenationNode: whole slices are joined, those of 23 channels as 24.
NSUInteger PaddedChannels(MPSImage* image) { return (image.featureChannels + 3) / 4 * 4; }

}  // namespace

@implementation AppleDoubleConcatenation

- (MPSImageDescriptor*)suggestedDescriptorForSources:(NSArray<MPSImage*>*)sources
                                              method:(MPSNNPaddingMethod)method
                                              format:(MPSImageFeatureChannelFormat)format {
  MPSImageDescriptor* descriptor = [super suggestedDescriptorForSources:sources
                                                                 method:method
                                                                 format:format];
  descriptor.featureChannels = 0;
  for (MPSImage* source in sources) {
    descriptor.featureChannels += PaddedChannels(source);
  }
  return descriptor;
}

- (void)encodeOn:(AppleDoubleCommandBuffer*)commandBuffer
         sources:(NSArray<MPSImage*>*)sources
     destination:(MPSImage*)destination {
  [commandBuffer requireEncodable];
  std::vector<std::pair<ImageAccess, ImageAccess>> copies;
  NSUInteger offset = 0;
  for (MPSImage* source in sources) {
    apple_double::RequireDevice(self, source);
    if (source.width != destination.width || source.height != destination.height) {
      apple_double::RaiseInvalidArgument(apple_double::NameOf(self) +
                                         ": the images differ in size");
    }
    const NSUInteger channels = source.featureChannels;
    copies.emplace_back(apple_double::ReadAccess(source, commandBuffer, 0, channels),
                        apple_double::WriteAccess(destination, commandBuffer, offset, channels));
    offset += PaddedChannels(source);
  }
  [commandBuffer appendOperation:[copies = std::move(copies)] {
    for (const auto& [from, to] : copies) {
      apple_double::Copy(from.Texels(), to.Texels());
      [to.texture storage]->GpuWroteAll();
    }
  }];
}

@end

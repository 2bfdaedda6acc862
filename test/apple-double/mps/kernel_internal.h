#pragma once

#import <MetalPerformanceShaders/MPSCNNKernel.h>

#include "image_internal.h"

// What a graph asks of its kernels.
@interface MPSKernel ()
// The result's size, channels and format for these sources, by the bits of the padding method;
// sets the kernel's offset again. MPSNeuralNetworkTypes.h, "Walkthrough of operation of padding
// policy".
- (MPSImageDescriptor*)suggestedDescriptorForSources:(NSArray<MPSImage*>*)sources
                                              method:(MPSNNPaddingMethod)method
                                              format:(MPSImageFeatureChannelFormat)format;
// Encodes the kernel; readCounts are the graph's business.
- (void)encodeOn:(AppleDoubleCommandBuffer*)commandBuffer
         sources:(NSArray<MPSImage*>*)sources
     destination:(MPSImage*)destination;
@end

@interface MPSCNNKernel ()
// For subclasses.
- (NSUInteger)outputChannelsForChannels:(NSUInteger)channels;
// The kernel's work on texels: called when it is encoded, returns what runs on the GPU.
- (std::function<void()>)operationWithSource:(apple_double::ImageAccess)source
                                 destination:(apple_double::ImageAccess)destination;
@end

namespace apple_double {

// One dimension of a result, and where the window's centre lies for its first value.
struct WindowPlacement {
  NSUInteger size;
  NSInteger offset;
};

enum class Axis { kX, kY };

WindowPlacement PlaceWindow(MPSNNPaddingMethod method, Axis axis, NSUInteger source_size,
                            NSUInteger window, NSUInteger stride);

// Raises unless the whole of the result is to be written: the double does not clip.
void RequireNoClip(MTLRegion clip_rect, MPSImage* destination);
// Raises for images of another device than the kernel's.
void RequireDevice(MPSKernel* kernel, MPSImage* image);
// How messages call a kernel.
std::string NameOf(MPSKernel* kernel);

}  // namespace apple_double

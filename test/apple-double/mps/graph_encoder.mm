#include "graph_encoder.h"

#import <MetalPerformanceShaders/MPSCNNMath.h>
#import <MetalPerformanceShaders/MPSCommandBuffer.h>

#include <algorithm>
#include <utility>

#include "../metal/raise.h"
#include "secure_coding.h"

namespace apple_double {

namespace {

bool IsTemporary(MPSImage* image) { return [image isKindOfClass:[MPSTemporaryImage class]]; }

class Encoder {
 public:
  Encoder(const GraphPlan& plan, const GraphEncoding& encoding)
      : plan_(plan), encoding_(encoding), images_(plan.images.size()) {}

  GraphOutput Run() {
    TakeSources();
    for (size_t i = 0; i < plan_.steps.size(); ++i) {
      // MPSNNGraph.h: an MPSCommandBuffer may be committed several times on the way.
      if (i != 0 && i == plan_.steps.size() / 2) {
        CommitPiece();
      }
      EncodeStep(plan_.steps[i]);
    }
    for (const size_t source : plan_.sources) {
      for (size_t reads = ReadsOfSource(plan_, source); reads > 0; --reads) {
        CountReads(images_[source]);
      }
    }
    return Collect();
  }

 private:
  AppleDoubleCommandBuffer* Root() const { return RootCommandBuffer(encoding_.command_buffer); }

  void CommitPiece() {
    if ([(NSObject*)encoding_.command_buffer isKindOfClass:[MPSCommandBuffer class]]) {
      [(MPSCommandBuffer*)encoding_.command_buffer commitAndContinue];
    }
  }

  void TakeSources() {
    [Root() requireEncodable];
    if (encoding_.sources.size() != plan_.sources.size()) {
      RaiseInvalidArgument("the graph has " + std::to_string(plan_.sources.size()) +
                           " source images, it is given " +
                           std::to_string(encoding_.sources.size()));
    }
    for (size_t i = 0; i < plan_.sources.size(); ++i) {
      const ImageList& batch = encoding_.sources[i];
      if (batch.size() != encoding_.batch_size) {
        RaiseInvalidArgument("the batches of source images differ in size");
      }
      for (MPSImage* image : batch) {
        [image requireUsableOn:Root()];
        RequireAlike(batch[0], image);
      }
      images_[plan_.sources[i]] = batch;
    }
  }

  // MPSImage.h, MPSImageBatchIncrementReadCount: the pictures of a batch are of one kind.
  static void RequireAlike(MPSImage* first, MPSImage* image) {
    if (image.width != first.width || image.height != first.height ||
        image.featureChannels != first.featureChannels ||
        image.featureChannelFormat != first.featureChannelFormat ||
        image.numberOfImages != first.numberOfImages) {
      RaiseInvalidArgument("the images of a batch are not alike");
    }
  }

  void EncodeStep(const GraphStep& step) {
    NSMutableArray<MPSImage*>* firsts = [NSMutableArray array];
    for (const size_t source : step.sources) {
      [firsts addObject:images_[source][0]];
    }
    MPSImageDescriptor* descriptor = Describe(step, firsts);
    ImageList results = Allocate(step, descriptor);
    for (size_t i = 0; i < encoding_.batch_size; ++i) {
      NSMutableArray<MPSImage*>* sources = [NSMutableArray array];
      for (const size_t source : step.sources) {
        [sources addObject:images_[source][i]];
      }
      [step.kernel encodeOn:Root() sources:sources destination:results[i]];
      if (plan_.images[step.result].place.synchronizeResource) {
        [results[i] synchronizeOnCommandBuffer:encoding_.command_buffer];
      }
    }
    images_[step.result] = std::move(results);
    std::vector<size_t> different = step.sources;
    std::sort(different.begin(), different.end());
    different.erase(std::unique(different.begin(), different.end()), different.end());
    for (const size_t source : different) {
      if (!plan_.images[source].is_source) {
        CountReads(images_[source]);
      }
    }
  }

  MPSImageDescriptor* Describe(const GraphStep& step, NSArray<MPSImage*>* sources) const {
    const MPSImageFeatureChannelFormat chosen = plan_.images[step.result].place.format;
    const MPSImageFeatureChannelFormat format =
        chosen == MPSImageFeatureChannelFormatNone ? encoding_.format : chosen;
    const MPSNNPaddingMethod method = [step.padding paddingMethod];
    MPSImageDescriptor* descriptor = [step.kernel suggestedDescriptorForSources:sources
                                                                         method:method
                                                                         format:format];
    if ((method & MPSNNPaddingMethodCustom) != 0) {
      descriptor = [step.padding destinationImageDescriptorForSourceImages:sources
                                                              sourceStates:nil
                                                                 forKernel:step.kernel
                                                       suggestedDescriptor:descriptor];
    }
    if (descriptor.width == 0 || descriptor.height == 0) {
      RaiseInvalidArgument(NameOf(step.kernel) + ": the result would be of no size");
    }
    return descriptor;
  }

  ImageList Allocate(const GraphStep& step, MPSImageDescriptor* descriptor) const {
    const GraphImage& image = plan_.images[step.result];
    // MPSNNGraph.h: the first result's own allocator is ignored.
    const id<MPSImageAllocator> allocator =
        image.is_first_result ? encoding_.destination_allocator : image.place.imageAllocator;
    RequireSecureCoding(allocator, "an image allocator");
    ImageList images;
    if (encoding_.is_batch && [(NSObject*)allocator respondsToSelector:@selector
                                                    (imageBatchForCommandBuffer:
                                                                imageDescriptor:kernel:count:)]) {
      for (MPSImage* made in [allocator imageBatchForCommandBuffer:encoding_.command_buffer
                                                   imageDescriptor:descriptor
                                                            kernel:step.kernel
                                                             count:encoding_.batch_size]) {
        images.push_back(made);
      }
    } else {
      for (size_t i = 0; i < encoding_.batch_size; ++i) {
        images.push_back([allocator imageForCommandBuffer:encoding_.command_buffer
                                          imageDescriptor:descriptor
                                                   kernel:step.kernel]);
      }
    }
    if (images.size() != encoding_.batch_size) {
      RaiseInvalidArgument("an image allocator made too few images");
    }
    for (MPSImage* made : images) {
      CheckAllocated(step, descriptor, made);
      if (made.label == nil) {
        made.label = step.kernel.label;
      }
      if (IsTemporary(made)) {
        ((MPSTemporaryImage*)made).readCount = ReadCount(image);
      }
    }
    return images;
  }

  static void CheckAllocated(const GraphStep& step, MPSImageDescriptor* descriptor,
                             MPSImage* made) {
    if (made == nil || made.width != descriptor.width || made.height != descriptor.height ||
        made.featureChannels < descriptor.featureChannels) {
      RaiseInvalidArgument(NameOf(step.kernel) +
                           ": the image allocator's image is not what the descriptor says");
    }
  }

  // Steps that read it, and what is left to whoever encodes: 1 for a result, 1 for an image that is
  // listed, 2 for a result that is listed too (MPSNNGraph.h, intermediateImages).
  NSUInteger ReadCount(const GraphImage& image) const {
    return image.readers + (image.is_first_result ? 1 : 0) +
           (image.is_listed && encoding_.wants_intermediates ? 1 : 0) +
           // A listed image that nobody reads or wants would have no readers at all.
           (image.readers == 0 && !image.is_first_result && !encoding_.wants_intermediates ? 1 : 0);
  }

  static void CountReads(const ImageList& images) {
    for (MPSImage* image : images) {
      if (IsTemporary(image)) {
        [(MPSTemporaryImage*)image countRead];
      }
    }
  }

  GraphOutput Collect() {
    GraphOutput output;
    if (plan_.first_result_is_needed) {
      output.result = images_[plan_.first_result];
    }
    for (const size_t listed : ListedImages(plan_)) {
      const GraphImage& image = plan_.images[listed];
      if (encoding_.wants_intermediates) {
        output.intermediates.push_back(images_[listed]);
      } else if (image.readers == 0 && !image.is_first_result) {
        CountReads(images_[listed]);
      }
    }
    return output;
  }

  const GraphPlan& plan_;
  const GraphEncoding& encoding_;
  std::vector<ImageList> images_;
};

}  // namespace

GraphOutput EncodeGraph(const GraphPlan& plan, const GraphEncoding& encoding) {
  return Encoder(plan, encoding).Run();
}

std::vector<size_t> ListedImages(const GraphPlan& plan) {
  std::vector<size_t> listed;
  for (const GraphStep& step : plan.steps) {
    if (plan.images[step.result].is_listed) {
      listed.push_back(step.result);
    }
  }
  return listed;
}

}  // namespace apple_double

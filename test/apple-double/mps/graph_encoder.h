#pragma once

#include <vector>

#include "graph_plan.h"

namespace apple_double {

using ImageList = std::vector<MPSImage*>;

struct GraphEncoding {
  id<MTLCommandBuffer> command_buffer;
  std::vector<ImageList> sources;  // a batch for each input
  size_t batch_size = 1;
  bool is_batch = false;  // of -encodeBatch..., even when it has one image
  bool wants_intermediates = false;
  id<MPSImageAllocator> destination_allocator;
  MPSImageFeatureChannelFormat format;
};

struct GraphOutput {
  ImageList result;                      // empty when it is not needed
  std::vector<ImageList> intermediates;  // in the order of intermediateImageHandles
};

GraphOutput EncodeGraph(const GraphPlan& plan, const GraphEncoding& encoding);

// The images that are listed as intermediate, in their order.
std::vector<size_t> ListedImages(const GraphPlan& plan);

}  // namespace apple_double

#pragma once

#include <vector>

#include "kernel_internal.h"
#include "node_internal.h"

namespace apple_double {

// An image of a graph: an input, or the result of a step.
struct GraphImage {
  AppleDoubleImagePlace* place = nil;
  bool is_source = false;
  bool is_first_result = false;
  // Listed among the intermediate images: exported, or a result other than the first.
  bool is_listed = false;
  size_t readers = 0;  // steps of the graph
};

// A filter, ready to be encoded.
struct GraphStep {
  MPSKernel* kernel = nil;
  id<MPSNNPadding> padding = nil;
  std::vector<size_t> sources;  // images; the same one twice if it is both operands
  size_t result = 0;            // an image
};

// What is left of the nodes when a graph has been made: what its results need, in the order in
// which it is going to be computed.
struct GraphPlan {
  std::vector<GraphImage> images;
  std::vector<GraphStep> steps;
  std::vector<size_t> sources;  // images, as sourceImageHandles orders them
  size_t first_result = 0;
  bool first_result_is_needed = true;
};

// How often a graph counts a temporary source as read. MPSNNGraph.h says once at the encoding
// methods and, at readCountForSourceImageAtIndex:, what that returns: tests choose (control.h).
size_t ReadsOfSource(const GraphPlan& plan, size_t source);

// False when there is nothing to compute or a data source refuses to load. Data sources are read on
// a thread of MPS's own.
bool MakePlan(id<MTLDevice> device, NSArray<MPSNNImageNode*>* results,
              const std::vector<bool>& needed, GraphPlan& plan);

}  // namespace apple_double

#pragma once

#import <MetalPerformanceShaders/MetalPerformanceShaders.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "core/program.h"
#include "metal/metal_runner.h"
#include "metal/plan.h"
#include "metal/step_weights.h"

namespace mobilenet::metal {

// One image per value of the Program; nil where the value has none (yet).
using ValueImages = std::vector<MPSImage*>;

// An MPSNNGraph of some of a Program's steps.
class Graph {
 public:
  // Throws kUnsupportedOperation when MPS refuses it.
  Graph(const Program& program, const GraphAction& action, const StepWeights& weights,
        id<MTLDevice> device, MetalPrecision precision);

  // By how much encoding it lowers the read count of a temporary image of this value, in all.
  size_t ReadsOf(size_t value) const;

  // Adds it to a command buffer for one or several frames: reads the images of its sources and
  // leaves those of its results, which stay until the frames' images are let go.
  void Encode(id<MTLCommandBuffer> commands, std::vector<ValueImages*> frames) const;

 private:
  void Keep(size_t value, MPSImage* image, ValueImages& images) const;

  std::vector<Shape> shapes_;    // of the Program's values
  std::vector<size_t> sources_;  // in the order that the graph takes them
  std::vector<size_t> results_;  // the first is what encoding returns
  MPSNNGraph* graph_ = nil;
};

// The format of images and activations.
MPSImageFeatureChannelFormat FormatOf(MetalPrecision precision);

}  // namespace mobilenet::metal

#pragma once

#import <Metal/Metal.h>

#include <optional>

#include "core/label_plan.h"
#include "core/request.h"
#include "metal/kernel_library.h"

namespace mobilenet::metal {

// Class maps made on the GPU, one at a time: the resize of the logits to the picture and the
// largest class of each pixel. Keeps its buffers for the next unless they are very large.
class MapLabeller {
 public:
  // Whether maps of this plan fit into the GPU's buffers; else the processor has to make them.
  static bool Fit(id<MTLDevice> device, const LabelPlan& plan);

  // Adds the work to a command buffer, after whatever makes `logits`.
  void Encode(id<MTLCommandBuffer> commands, KernelLibrary& kernels, id<MTLBuffer> logits,
              const Shape& shape, LabelPlan plan, bool confidence);
  bool encoded() const { return plan_.has_value(); }
  // After the command buffer has completed: fills the caller's maps and tells the counts.
  Segmentation Finish(const SegmentationMaps& maps);
  // Without the maps, for a frame that nobody wants any more.
  void Forget();

 private:
  std::optional<LabelPlan> plan_;
  size_t classes_ = 0;
  id<MTLBuffer> class_map_ = nil;
  id<MTLBuffer> confidence_ = nil;
  id<MTLBuffer> counts_ = nil;
};

}  // namespace mobilenet::metal

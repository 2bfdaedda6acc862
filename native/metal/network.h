#pragma once

#import <Metal/Metal.h>
#import <MetalPerformanceShaders/MetalPerformanceShaders.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "core/program.h"
#include "metal/graph.h"
#include "metal/kernel_library.h"
#include "metal/metal_runner.h"
#include "metal/plan.h"

namespace mobilenet::metal {

// The packed form of each value of the Program; nil where it has none.
using ValueBuffers = std::vector<id<MTLBuffer>>;

// What a frame's values are on the GPU. Whoever encodes a frame puts the input's image or packed
// form and buffers for the outputs there; the rest comes as it is encoded. When it goes, no read of
// a temporary image is outstanding, even where encoding stopped half way: MPS insists on that.
struct FrameValues {
  ValueImages images;
  ValueBuffers packed;

  explicit FrameValues(size_t values) : images(values, nil), packed(values, nil) {}
  FrameValues(FrameValues&&) = default;
  FrameValues& operator=(FrameValues&&) = delete;
  FrameValues(const FrameValues&) = delete;
  FrameValues& operator=(const FrameValues&) = delete;
  ~FrameValues();
};

// A Program on one GPU, ready to be encoded.
class Network {
 public:
  // Throws kUnsupportedOperation, kOutOfMemory.
  Network(const Program& program, Plan plan, const StepWeights& weights, id<MTLDevice> device,
          MetalPrecision precision, size_t most_frames);

  id<MTLDevice> device() const { return device_; }
  KernelLibrary& kernels() const { return *kernels_; }

  // A frame with nothing in it yet.
  FrameValues EmptyFrame() const { return FrameValues(program_.values.size()); }
  // The image that takes the network's input, where that is not packed.
  MPSImage* MakeInput(id<MTLCommandBuffer> commands) const { return MakeImage(commands, 0); }
  // A buffer for a value's packed form, in memory shared with the processor.
  id<MTLBuffer> MakeShared(size_t value) const;
  // Such buffers for all outputs.
  ValueBuffers MakeOutputs() const;

  // Adds all of the network's work for 1 to `most_frames` frames to a command buffer.
  void Encode(id<MTLCommandBuffer> commands, std::vector<FrameValues>& frames) const;

 private:
  void EncodeResize(id<MTLCommandBuffer> commands, const Step& step, FrameValues& frame) const;
  void EncodePack(id<MTLCommandBuffer> commands, const PackAction& action,
                  FrameValues& frame) const;
  void EncodeUnpack(id<MTLCommandBuffer> commands, size_t value, FrameValues& frame) const;
  void EncodeScores(id<MTLCommandBuffer> commands, const Step& step, FrameValues& frame) const;
  void EncodeKernel(id<MTLCommandBuffer> commands, const Action& action, FrameValues& frame) const;

  MPSImage* MakeImage(id<MTLCommandBuffer> commands, size_t value) const;
  id<MTLBuffer> MakeBuffer(size_t value, MTLResourceOptions options) const;
  id<MTLComputePipelineState> Pipeline(Kernel plain, Kernel slices, size_t value) const;
  const Shape& ShapeOf(size_t value) const { return program_.values[value].shape; }

  // Where the rows and columns of a resize read.
  struct ResizeTaps {
    id<MTLBuffer> rows = nil;
    id<MTLBuffer> columns = nil;
  };

  const Program program_;  // without weights
  const Plan plan_;
  const MetalPrecision precision_;
  id<MTLDevice> device_;
  std::shared_ptr<KernelLibrary> kernels_;
  std::vector<std::unique_ptr<Graph>> graphs_;  // one per action; null where that is no graph
  std::vector<size_t> image_reads_;             // of each value's image, as MPS counts them
  std::vector<ResizeTaps> taps_;                // one per step
  std::vector<ValueBuffers> scratch_;  // per frame; packed values that are no output, GPU only
};

// A Program whose tensors may go.
Program WithoutWeights(const Program& program);

}  // namespace mobilenet::metal

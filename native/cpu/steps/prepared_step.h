#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "core/blocks.h"
#include "core/program.h"
#include "cpu/kernel_table.h"
#include "cpu/thread_pool.h"
#include "cpu/weight_store.h"

namespace mobilenet {

// Memory a step may use while it runs: as many bytes as it asked for, for all threads together and
// for each of them, on cache line boundaries.
class Scratch {
 public:
  Scratch(std::byte* memory, size_t shared_bytes, size_t bytes_per_thread)
      : shared_(memory), memory_(memory + shared_bytes), bytes_per_thread_(bytes_per_thread) {}
  std::byte* shared() const { return shared_; }
  std::byte* of(int thread) const {
    return memory_ + static_cast<size_t>(thread) * bytes_per_thread_;
  }

 private:
  std::byte* shared_;
  std::byte* memory_;
  size_t bytes_per_thread_;
};

// A step with its weights packed and its work divided, ready to run any number of times.
class PreparedStep {
 public:
  PreparedStep() = default;
  PreparedStep(const PreparedStep&) = delete;
  PreparedStep& operator=(const PreparedStep&) = delete;
  virtual ~PreparedStep() = default;

  virtual void Run(ThreadPool& pool, const Scratch& scratch) const = 0;
  virtual size_t shared_scratch_bytes() const { return 0; }
  virtual size_t scratch_bytes() const { return 0; }  // per thread
  virtual size_t weight_bytes() const { return 0; }
  // Whether it heeds StepContext::pixels. It is the only one to read the program's input then.
  virtual bool reads_pixels() const { return false; }
};

// What a step is prepared for. All of it outlives the step, except the program.
struct StepContext {
  const Program& program;
  const KernelTable& kernels;
  WeightStore& weights;
  float* arena;
  const PixelArguments* pixels;  // may take the place of the program's input, frame by frame
  int threads;

  std::shared_ptr<const AlignedBuffer<float>> PackedConvolution(const Step& step, size_t inputs,
                                                                size_t output_channels) const {
    return weights.Convolution(IndexOf(step), step, inputs, output_channels);
  }
  std::shared_ptr<const AlignedBuffer<float>> PackedDepthwise(const Step& step, size_t taps,
                                                              size_t channels) const {
    return weights.Depthwise(IndexOf(step), step, taps, channels);
  }
  std::shared_ptr<const DenseWeights> PackedDense(const Step& step, size_t inputs,
                                                  size_t output_channels) const {
    return weights.Dense(IndexOf(step), step, inputs, output_channels);
  }

  size_t IndexOf(const Step& step) const {
    return static_cast<size_t>(&step - program.steps.data());
  }

  const Shape& InputShape(const Step& step, size_t index = 0) const {
    return program.values[step.inputs[index]].shape;
  }
  const Shape& OutputShape(const Step& step) const { return program.values[step.output].shape; }
  const float* Input(const Step& step, size_t index = 0) const {
    return arena + program.values[step.inputs[index]].offset;
  }
  float* Output(const Step& step) const { return arena + program.values[step.output].offset; }
};

std::unique_ptr<PreparedStep> PrepareConvolution(const StepContext& context, const Step& step);
// A convolution of a single pixel by 1x1.
std::unique_ptr<PreparedStep> PrepareDense(const StepContext& context, const Step& step);
std::unique_ptr<PreparedStep> PrepareDepthwise(const StepContext& context, const Step& step);
std::unique_ptr<PreparedStep> PrepareAveragePool(const StepContext& context, const Step& step);
std::unique_ptr<PreparedStep> PrepareGlobalAveragePool(const StepContext& context,
                                                       const Step& step);
std::unique_ptr<PreparedStep> PrepareResize(const StepContext& context, const Step& step);
std::unique_ptr<PreparedStep> PrepareConcat(const StepContext& context, const Step& step);
std::unique_ptr<PreparedStep> PrepareSoftmax(const StepContext& context, const Step& step);
// add, biasAdd, relu, relu6, sigmoid.
std::unique_ptr<PreparedStep> PrepareElementwise(const StepContext& context, const Step& step);

// The steps of a block as one. Null where they had better run one by one.
std::unique_ptr<PreparedStep> PrepareBlock(const StepContext& context, const Block& block);

// All steps of the program, in order; blocks as one step each where that is possible.
std::vector<std::unique_ptr<PreparedStep>> PrepareSteps(const StepContext& context);

}  // namespace mobilenet

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "core/program.h"
#include "cpu/kernel_table.h"
#include "cpu/packing.h"

namespace mobilenet {

// The packed weights of a Program's steps, for all executors of one network. Where another network
// of this process has packed the same numbers in the same way, both hold one copy: packed weights
// never change. Not thread-safe.
class WeightStore {
 public:
  WeightStore(const Program& program, const KernelTable& kernels)
      : kernels_(kernels), packed_(program.steps.size()) {}

  // See packing.h. `step` is number `index` of the program; its weights need only be there when it
  // is asked for first.
  std::shared_ptr<const AlignedBuffer<float>> Convolution(size_t index, const Step& step,
                                                          size_t inputs, size_t output_channels);
  std::shared_ptr<const AlignedBuffer<float>> Depthwise(size_t index, const Step& step, size_t taps,
                                                        size_t channels);
  std::shared_ptr<const DenseWeights> Dense(size_t index, const Step& step, size_t inputs,
                                            size_t output_channels);

 private:
  const KernelTable& kernels_;
  std::vector<std::shared_ptr<const void>> packed_;  // by step
};

}  // namespace mobilenet

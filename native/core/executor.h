#pragma once

#include <atomic>
#include <cstddef>
#include <span>
#include <string>

#include "core/network_outputs.h"
#include "core/sampling.h"

namespace mobilenet {

// Runs a Program. Not thread-safe: one frame at a time. The tensors' memory may go once the
// constructor has returned. Outputs are valid until the next Run; no ParallelFor while Run runs.
class Executor : public NetworkOutputs {
 public:
  // Where the caller writes the network's input, [height, width, channels].
  virtual std::span<float> input() = 0;
  // Takes the input of the next Run from there in place of input(), to the same bits. False where
  // the network's first step is not made for that: then input() it is.
  virtual bool ReadPixels(const ScaledPixels&) { return false; }
  // Runs all steps. Returns false when `stop` became true between two steps.
  virtual bool Run(const std::atomic<bool>& stop) = 0;
  // "avx512", "avx2", "neon", "portable", "reference" or "metal".
  virtual std::string instruction_set() const = 0;
  // Bytes of packed weights held.
  virtual size_t weight_bytes() const = 0;
};

}  // namespace mobilenet

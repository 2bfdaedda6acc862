#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/program.h"
#include "metal/metal_runner.h"

namespace mobilenet::metal {

// Weights and biases of a convolution as MPS takes them: [out][kh][kw][in], or [channel][kh][kw]
// of a depthwise convolution, in float16 or float32.
struct PackedWeights {
  std::vector<uint16_t> halves;  // float16
  std::vector<float> floats;     // float32; one of the two is empty
  std::vector<float> bias;       // one number per output channel, or empty: no bias

  size_t bytes() const {
    return halves.size() * sizeof(uint16_t) + (floats.size() + bias.size()) * sizeof(float);
  }
};

// Nearest even; past the largest finite half, infinity.
uint16_t FloatToHalf(float value);

// Those of one step: a convolution, or a biasAdd, which becomes a depthwise convolution by 1.
// Throws kUnsupportedOperation when a weight is beyond float16.
PackedWeights PackWeights(const Step& step, int32_t channels, MetalPrecision precision);

}  // namespace mobilenet::metal

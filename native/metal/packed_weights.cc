#include "metal/packed_weights.h"

#include <bit>
#include <cmath>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/tensor.h"

namespace mobilenet::metal {
namespace {

// [kh, kw, in, out] to [out, kh, kw, in]; of depthwise weights [kh, kw, channels, 1] to
// [channels, kh, kw].
std::vector<float> Transpose(const std::vector<float>& weights, size_t taps, size_t in, size_t out,
                             bool depthwise) {
  std::vector<float> transposed(weights.size());
  const size_t filters = depthwise ? in : out;
  const size_t depth = depthwise ? 1 : in;
  for (size_t filter = 0; filter < filters; ++filter) {
    for (size_t tap = 0; tap < taps; ++tap) {
      for (size_t c = 0; c < depth; ++c) {
        transposed[(filter * taps + tap) * depth + c] =
            weights[(tap * depth + c) * filters + filter];
      }
    }
  }
  return transposed;
}

std::vector<float> FloatWeights(const Step& step, size_t channels) {
  if (step.type == OperationType::kBiasAdd) {
    return std::vector<float>(channels, 1.0f);
  }
  const std::vector<float> weights = ToFloat32(step.weights_name, step.weights);
  const std::vector<int64_t>& shape = step.weights.shape;
  return Transpose(weights, static_cast<size_t>(shape.at(0) * shape.at(1)),
                   static_cast<size_t>(shape.at(2)), static_cast<size_t>(shape.at(3)),
                   step.type == OperationType::kDepthwiseConv2d);
}

}  // namespace

uint16_t FloatToHalf(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000);
  const uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) {  // not a number
    return static_cast<uint16_t>(sign | 0x7e00);
  }
  if (magnitude >= 0x47800000) {  // 2^16 and more
    return static_cast<uint16_t>(sign | 0x7c00);
  }
  if (magnitude < 0x38800000) {  // below 2^-14: the sum's last bits are the subnormal half
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - 0x3f000000));
  }
  // The exponent's bias goes from 127 to 15, 13 bits of the fraction go, ties to even. What rounds
  // over the largest finite half becomes infinity by itself.
  const uint32_t rounded = magnitude + 0xfff + ((magnitude >> 13) & 1);
  return static_cast<uint16_t>(sign | ((rounded - 0x38000000) >> 13));
}

PackedWeights PackWeights(const Step& step, int32_t channels, MetalPrecision precision) {
  PackedWeights packed;
  packed.bias = step.bias;
  std::vector<float> weights = FloatWeights(step, static_cast<size_t>(channels));
  if (precision == MetalPrecision::kFloat32) {
    packed.floats = std::move(weights);
    return packed;
  }
  packed.halves.reserve(weights.size());
  for (const float weight : weights) {
    packed.halves.push_back(FloatToHalf(weight));
    if (std::isfinite(weight) && (packed.halves.back() & 0x7fff) == 0x7c00) {
      throw Error(ErrorCode::kUnsupportedOperation,
                  "a weight of '" + step.name + "', " + std::to_string(weight) +
                      ", is beyond float16: ask for precision float32");
    }
  }
  return packed;
}

}  // namespace mobilenet::metal

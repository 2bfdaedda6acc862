#include "cpu/packing.h"

#include <algorithm>
#include <cstring>

#include "core/error.h"

namespace mobilenet {
namespace {

void CheckWeights(const Step& step, size_t weights, size_t rows, size_t channels) {
  if (weights % channels != 0 || weights / channels != rows ||
      (!step.bias.empty() && step.bias.size() != channels)) {
    throw Error(ErrorCode::kModelCorrupt,
                "Expected " + std::to_string(rows) + " x " + std::to_string(channels) +
                    " weights and " + std::to_string(channels) + " biases for '" + step.name +
                    "' but received " + std::to_string(weights) + " and " +
                    std::to_string(step.bias.size()));
  }
}

// The step's weights as rows of `channels`, the biases (0 where it has none) before them.
std::vector<float> RowsOf(const Step& step, size_t rows, size_t channels) {
  const std::vector<float> weights = ToFloat32(step.weights_name, step.weights);
  CheckWeights(step, weights.size(), rows, channels);
  std::vector<float> result = step.bias;
  result.resize(channels);
  result.insert(result.end(), weights.begin(), weights.end());
  return result;
}

// A float16 tensor's elements as they are.
std::vector<uint16_t> Halves(const Tensor& tensor) {
  std::vector<uint16_t> halves(tensor.data.size() / sizeof(uint16_t));
  std::memcpy(halves.data(), tensor.data.data(), halves.size() * sizeof(uint16_t));
  return halves;
}

// Cuts rows of `channels` into panels of `width` columns, the last one rounded up to `rounding`.
template <typename T>
AlignedBuffer<T> CutPanels(const std::vector<T>& rows, size_t channels, size_t width,
                           size_t rounding) {
  const size_t row_count = rows.size() / channels;
  const size_t padded_channels = DivideUp(channels, rounding) * rounding;
  AlignedBuffer<T> packed(row_count * padded_channels);
  T* to = packed.data();
  for (size_t begin = 0; begin < channels; begin += width) {
    const size_t panel_width = std::min(width, padded_channels - begin);
    const size_t used = std::min(panel_width, channels - begin);
    for (size_t row = 0; row < row_count; row++, to += panel_width) {
      std::copy_n(rows.data() + row * channels + begin, used, to);
    }
  }
  return packed;
}

}  // namespace

size_t PanelCount(size_t output_channels, const KernelTable& kernels) {
  return DivideUp(output_channels, static_cast<size_t>(kernels.lanes * kernels.panel_vectors));
}

AlignedBuffer<float> PackConvolution(const Step& step, size_t inputs, size_t output_channels,
                                     const KernelTable& kernels) {
  const auto lanes = static_cast<size_t>(kernels.lanes);
  const size_t width = lanes * static_cast<size_t>(kernels.panel_vectors);
  return CutPanels(RowsOf(step, inputs, output_channels), output_channels, width, lanes);
}

DenseWeights PackDense(const Step& step, size_t inputs, size_t output_channels,
                       const KernelTable& kernels) {
  const size_t width = static_cast<size_t>(kernels.dense_vectors * kernels.lanes);
  const size_t padded = DivideUp(output_channels, width) * width;
  CheckWeights(step, ElementCount(step.weights_name, step.weights), inputs, output_channels);
  DenseWeights packed;
  packed.biases = AlignedBuffer<float>(padded);
  std::copy(step.bias.begin(), step.bias.end(), packed.biases.data());
  if (kernels.half_weights && step.weights.type == DataType::kFloat16) {
    packed.halves = CutPanels(Halves(step.weights), output_channels, width, width);
  } else {
    packed.floats =
        CutPanels(ToFloat32(step.weights_name, step.weights), output_channels, width, width);
  }
  return packed;
}

AlignedBuffer<float> PackDepthwise(const Step& step, size_t taps, size_t channels,
                                   const KernelTable& kernels) {
  const auto lanes = static_cast<size_t>(kernels.lanes);
  return CutPanels(RowsOf(step, taps, channels), channels, lanes, lanes);
}

}  // namespace mobilenet

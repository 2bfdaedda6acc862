#include "cpu/packing.h"

#include <algorithm>
#include <cstring>
#include <span>

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

// Cuts rows of `channels` into panels of `width` columns, the last one rounded up to `rounding`.
// read(row, first channel, span) gives part of a row. Row by row, as tensors are stored, straight
// to its place: most of the time goes into memory that is touched for the first time.
template <typename T, typename Read>
AlignedBuffer<T> CutPanels(size_t rows, size_t channels, size_t width, size_t rounding,
                           const Read& read) {
  const size_t padded_channels = DivideUp(channels, rounding) * rounding;
  AlignedBuffer<T> packed(rows * padded_channels);
  for (size_t row = 0; row < rows; row++) {
    for (size_t begin = 0; begin < channels; begin += width) {
      const size_t panel_width = std::min(width, padded_channels - begin);
      const size_t used = std::min(panel_width, channels - begin);
      read(row, begin, std::span(packed.data() + begin * rows + row * panel_width, used));
    }
  }
  return packed;
}

// The step's biases (0 where it has none) as a row, then `rows` of weights.
AlignedBuffer<float> PackRows(const Step& step, size_t rows, size_t channels, size_t width,
                              size_t rounding) {
  const TensorReader weights(step.weights_name, step.weights);
  CheckWeights(step, weights.size(), rows, channels);
  return CutPanels<float>(rows + 1, channels, width, rounding,
                          [&](size_t row, size_t begin, std::span<float> to) {
                            if (row > 0) {
                              weights.Read((row - 1) * channels + begin, to);
                            } else if (!step.bias.empty()) {
                              std::copy_n(step.bias.data() + begin, to.size(), to.data());
                            }
                          });
}

}  // namespace

size_t PanelCount(size_t output_channels, const KernelTable& kernels) {
  return DivideUp(output_channels, static_cast<size_t>(kernels.lanes * kernels.panel_vectors));
}

AlignedBuffer<float> PackConvolution(const Step& step, size_t inputs, size_t output_channels,
                                     const KernelTable& kernels) {
  const auto lanes = static_cast<size_t>(kernels.lanes);
  const size_t width = lanes * static_cast<size_t>(kernels.panel_vectors);
  return PackRows(step, inputs, output_channels, width, lanes);
}

AlignedBuffer<float> PackDepthwise(const Step& step, size_t taps, size_t channels,
                                   const KernelTable& kernels) {
  const auto lanes = static_cast<size_t>(kernels.lanes);
  return PackRows(step, taps, channels, lanes, lanes);
}

DenseWeights PackDense(const Step& step, size_t inputs, size_t output_channels,
                       const KernelTable& kernels) {
  const size_t width = static_cast<size_t>(kernels.dense_vectors * kernels.lanes);
  const TensorReader weights(step.weights_name, step.weights);
  CheckWeights(step, weights.size(), inputs, output_channels);
  DenseWeights packed;
  packed.biases = AlignedBuffer<float>(DivideUp(output_channels, width) * width);
  std::copy(step.bias.begin(), step.bias.end(), packed.biases.data());
  if (kernels.half_weights && step.weights.type == DataType::kFloat16) {
    packed.halves = CutPanels<uint16_t>(
        inputs, output_channels, width, width,
        [&](size_t row, size_t begin, std::span<uint16_t> to) {
          const size_t first = (row * output_channels + begin) * sizeof(uint16_t);
          std::memcpy(to.data(), step.weights.data.subspan(first, to.size_bytes()).data(),
                      to.size_bytes());
        });
  } else {
    packed.floats = CutPanels<float>(inputs, output_channels, width, width,
                                     [&](size_t row, size_t begin, std::span<float> to) {
                                       weights.Read(row * output_channels + begin, to);
                                     });
  }
  return packed;
}

}  // namespace mobilenet

#include "cpu/packing.h"

#include <algorithm>

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

// Cuts the step's weights, rows of `channels`, into panels of `width` columns, the last one rounded
// up to `rounding`. The biases (0 where it has none) come before the weights. Straight from the
// tensor to its place: most of the time goes into memory that is touched for the first time.
AlignedBuffer<float> CutPanels(const Step& step, size_t rows, size_t channels, size_t width,
                               size_t rounding) {
  const TensorReader weights(step.weights_name, step.weights);
  CheckWeights(step, weights.size(), rows, channels);
  const size_t padded_channels = DivideUp(channels, rounding) * rounding;
  AlignedBuffer<float> packed((rows + 1) * padded_channels);
  // Row by row, as they are stored; line 0 of each panel has the biases.
  for (size_t line = 0; line <= rows; line++) {
    for (size_t begin = 0; begin < channels; begin += width) {
      const size_t panel_width = std::min(width, padded_channels - begin);
      const size_t used = std::min(panel_width, channels - begin);
      float* to = packed.data() + begin * (rows + 1) + line * panel_width;
      if (line > 0) {
        weights.Read((line - 1) * channels + begin, {to, used});
      } else if (!step.bias.empty()) {
        std::copy_n(step.bias.data() + begin, used, to);
      }
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
  return CutPanels(step, inputs, output_channels, width, lanes);
}

AlignedBuffer<float> PackDepthwise(const Step& step, size_t taps, size_t channels,
                                   const KernelTable& kernels) {
  const auto lanes = static_cast<size_t>(kernels.lanes);
  return CutPanels(step, taps, channels, lanes, lanes);
}

}  // namespace mobilenet

#include "compute_convolution.h"

#include <algorithm>
#include <utility>

#include "../metal/parallel.h"
#include "compute_row_cache.h"
#include "compute_vector_kernels.h"

namespace apple_double {

namespace {

// Pixels whose products are computed at a time: small enough for the second cache level.
constexpr size_t kPixelsAtATime = 48;

}  // namespace

Convolution::Convolution(const ConvolutionShape& shape, const std::vector<float>& weights,
                         std::vector<float> biases)
    : shape_(shape), biases_(std::move(biases)) {
  biases_.resize(RoundUp(shape_.output_channels, kPanelColumns) + kPanelColumns);
  if (shape_.depthwise) {
    PackDepthwise(weights);
  } else {
    PackPanels(weights);
  }
}

// [group][panel][depth][kPanelColumns], depth as the weights come: kernel rows, columns, inputs.
void Convolution::PackPanels(const std::vector<float>& weights) {
  depth_ = shape_.kernel_height * shape_.kernel_width * shape_.input_channels / shape_.groups;
  const size_t group_outputs = shape_.output_channels / shape_.groups;
  panels_per_group_ = RoundUp(group_outputs, kPanelColumns) / kPanelColumns;
  packed_.resize(shape_.groups * panels_per_group_ * depth_ * kPanelColumns);
  for (size_t output = 0; output < shape_.output_channels; ++output) {
    const size_t group = output / group_outputs;
    const size_t column = output % group_outputs;
    const size_t panel = group * panels_per_group_ + column / kPanelColumns;
    for (size_t k = 0; k < depth_; ++k) {
      packed_[(panel * depth_ + k) * kPanelColumns + column % kPanelColumns] =
          weights[output * depth_ + k];
    }
  }
}

// [kernel_height][kernel_width][padded channels].
void Convolution::PackDepthwise(const std::vector<float>& weights) {
  const size_t taps = shape_.kernel_height * shape_.kernel_width;
  const size_t padded = RoundUp(shape_.output_channels, kChannelBlock);
  packed_.resize(taps * padded);
  for (size_t channel = 0; channel < shape_.output_channels; ++channel) {
    for (size_t tap = 0; tap < taps; ++tap) {
      packed_[tap * padded + channel] = weights[channel * taps + tap];
    }
  }
}

void Convolution::Run(const ImageTexels& source, const ImageTexels& destination,
                      const ConvolutionPlacement& placement) const {
  if (shape_.depthwise) {
    RunDepthwise(source, destination, placement);
    return;
  }
  const bool pointwise = shape_.kernel_width == 1 && shape_.kernel_height == 1 &&
                         shape_.stride_x == 1 && shape_.stride_y == 1 && shape_.groups == 1 &&
                         placement.offset_x == 0 && placement.offset_y == 0 &&
                         source.width == destination.width && source.height == destination.height;
  if (pointwise) {
    RunPointwise(source, destination, placement);
  } else {
    RunWindows(source, destination, placement);
  }
}

void Convolution::MultiplyPanels(const float* a, size_t a_stride, size_t rows, size_t group,
                                 size_t begin, size_t end, const ImageTexels& destination,
                                 size_t first_pixel, bool half) const {
  const size_t group_outputs = shape_.output_channels / shape_.groups;
  float tile[kPixelsAtATime * kPanelColumns];
  for (size_t panel = begin; panel < end; ++panel) {
    const float* weights =
        packed_.data() + (group * panels_per_group_ + panel) * depth_ * kPanelColumns;
    (half ? Vectors().multiply_half : Vectors().multiply)(a, a_stride, rows, depth_, weights, tile);
    const size_t first_channel = group * group_outputs + panel * kPanelColumns;
    const float* biases = biases_.data() + first_channel;
    for (size_t row = 0; row < rows; ++row) {
      for (size_t column = 0; column < kPanelColumns; ++column) {
        tile[row * kPanelColumns + column] += biases[column];
      }
    }
    Apply(shape_.neuron, tile, rows * kPanelColumns);
    Vectors().store(destination, first_pixel, rows, first_channel,
                    std::min(kPanelColumns, group_outputs - panel * kPanelColumns), tile,
                    kPanelColumns);
  }
}

// 1x1: pixels are rows of one matrix, wherever they lie.
void Convolution::RunPointwise(const ImageTexels& source, const ImageTexels& destination,
                               const ConvolutionPlacement& placement) const {
  const size_t pixels = source.Pixels();
  const auto run = [&](size_t first, size_t rows, size_t begin_panel, size_t end_panel) {
    std::vector<float> a(rows * depth_);
    Vectors().unpack(source, first, rows, a.data(), depth_);
    MultiplyPanels(a.data(), depth_, rows, 0, begin_panel, end_panel, destination, first,
                   placement.half_accumulator);
  };
  if (pixels <= kPixelsAtATime) {
    InParallel(panels_per_group_, [&](size_t begin, size_t end) { run(0, pixels, begin, end); });
    return;
  }
  InParallel((pixels + kPixelsAtATime - 1) / kPixelsAtATime, [&](size_t begin, size_t end) {
    for (size_t chunk = begin; chunk < end; ++chunk) {
      const size_t first = chunk * kPixelsAtATime;
      run(first, std::min(kPixelsAtATime, pixels - first), 0, panels_per_group_);
    }
  });
}

// Any window: what it covers is copied into the rows of a matrix.
void Convolution::RunWindows(const ImageTexels& source, const ImageTexels& destination,
                             const ConvolutionPlacement& placement) const {
  const size_t group_inputs = shape_.input_channels / shape_.groups;
  const long width = static_cast<long>(source.width);
  const long left = placement.offset_x - static_cast<long>(shape_.DilatedWidth() >> 1);
  const long top = placement.offset_y - static_cast<long>(shape_.DilatedHeight() >> 1);
  InParallel(destination.height, [&](size_t begin, size_t end) {
    RowCache cache(source, shape_.DilatedHeight());
    std::vector<const float*> rows(shape_.kernel_height);
    std::vector<float> a(kPixelsAtATime * depth_);
    for (size_t y = begin; y < end; ++y) {
      for (size_t i = 0; i < shape_.kernel_height; ++i) {
        rows[i] = cache.Row(top + static_cast<long>(y * shape_.stride_y + i * shape_.dilation_y),
                            placement.clamp);
      }
      for (size_t first = 0; first < destination.width; first += kPixelsAtATime) {
        const size_t count = std::min(kPixelsAtATime, destination.width - first);
        for (size_t group = 0; group < shape_.groups; ++group) {
          float* to = a.data();
          for (size_t x = first; x < first + count; ++x) {
            for (size_t i = 0; i < shape_.kernel_height; ++i) {
              for (size_t j = 0; j < shape_.kernel_width; ++j, to += group_inputs) {
                long column = left + static_cast<long>(x * shape_.stride_x + j * shape_.dilation_x);
                if (placement.clamp) {
                  column = std::clamp(column, 0L, width - 1);
                }
                if (rows[i] == nullptr || column < 0 || column >= width) {
                  std::fill_n(to, group_inputs, 0.0F);
                } else {
                  std::copy_n(rows[i] + static_cast<size_t>(column) * cache.PixelStride() +
                                  group * group_inputs,
                              group_inputs, to);
                }
              }
            }
          }
          MultiplyPanels(a.data(), depth_, count, group, 0, panels_per_group_, destination,
                         y * destination.width + first, placement.half_accumulator);
        }
      }
    }
  });
}

void Convolution::RunDepthwise(const ImageTexels& source, const ImageTexels& destination,
                               const ConvolutionPlacement& placement) const {
  const long left = placement.offset_x - static_cast<long>(shape_.DilatedWidth() >> 1);
  const long top = placement.offset_y - static_cast<long>(shape_.DilatedHeight() >> 1);
  const size_t padded = RoundUp(shape_.output_channels, kChannelBlock);
  InParallel(destination.height, [&](size_t begin, size_t end) {
    RowCache cache(source, shape_.DilatedHeight());
    std::vector<const float*> rows(shape_.kernel_height);
    std::vector<float> out(destination.width * padded);
    for (size_t y = begin; y < end; ++y) {
      for (size_t i = 0; i < shape_.kernel_height; ++i) {
        rows[i] = cache.Row(top + static_cast<long>(y * shape_.stride_y + i * shape_.dilation_y),
                            placement.clamp);
      }
      Vectors().depthwise({rows.data(), packed_.data(), out.data(), padded, shape_.kernel_width,
                           shape_.kernel_height, destination.width, shape_.stride_x,
                           shape_.dilation_x, left, static_cast<long>(source.width),
                           placement.clamp, placement.half_accumulator});
      for (size_t x = 0; x < destination.width; ++x) {
        float* pixel = out.data() + x * padded;
        for (size_t channel = 0; channel < shape_.output_channels; ++channel) {
          pixel[channel] += biases_[channel];
        }
      }
      Apply(shape_.neuron, out.data(), out.size());
      Vectors().store(destination, y * destination.width, destination.width, 0,
                      shape_.output_channels, out.data(), padded);
    }
  });
}

}  // namespace apple_double

#pragma once

#include <cstddef>

#include "compute_image_texels.h"

namespace apple_double {

// Matrices are multiplied by panels of this many columns.
inline constexpr size_t kPanelColumns = 16;
// Rows of channels are padded with zeros to a multiple of this.
inline constexpr size_t kChannelBlock = 8;

constexpr size_t RoundUp(size_t value, size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// One output row of a depthwise convolution.
struct DepthwiseRow {
  const float* const* rows;  // kernel_height source rows of padded pixels; null outside the image
  const float* weights;      // [kernel_height][kernel_width][padded_channels]
  float* out;                // [out_width][padded_channels]
  size_t padded_channels;
  size_t kernel_width;
  size_t kernel_height;
  size_t out_width;
  size_t stride;
  size_t dilation;
  long left;  // source column under the window's left edge for the first output
  long width;
  bool clamp;             // edge mode: clamp, else zero
  bool half_accumulator;  // every sum is rounded to float16
};

// The arithmetic, compiled for several instruction sets.
struct VectorKernels {
  // out[pixel * stride + channel] for `count` pixels from `first`.
  void (*unpack)(const ImageTexels& image, size_t first, size_t count, float* out, size_t stride);
  // Stores values[pixel * stride + i] as channel first_channel + i, rounded to the image's type
  // (to nearest even). What pads the last slice gets kGarbage. first_channel is a multiple of 4.
  void (*store)(const ImageTexels& image, size_t first_pixel, size_t count, size_t first_channel,
                size_t channels, const float* values, size_t stride);
  // out[row][kPanelColumns] = sum over k of a[row * a_stride + k] * panel[k][kPanelColumns].
  void (*multiply)(const float* a, size_t a_stride, size_t rows, size_t depth, const float* panel,
                   float* out);
  // The same, every sum rounded to float16.
  void (*multiply_half)(const float* a, size_t a_stride, size_t rows, size_t depth,
                        const float* panel, float* out);
  void (*depthwise)(const DepthwiseRow& row);
  void (*round_to_half)(float* values, size_t count);
};

// For this processor.
const VectorKernels& Vectors();

// For images of one or two components and of normalised integers: not fast.
void UnpackScalar(const ImageTexels& image, size_t first, size_t count, float* out, size_t stride);
void StoreScalar(const ImageTexels& image, size_t first_pixel, size_t count, size_t first_channel,
                 size_t channels, const float* values, size_t stride);

}  // namespace apple_double

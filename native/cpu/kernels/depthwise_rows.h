#pragma once

// Depthwise convolution of one block of channels whose pixels lie side by side, padding included:
// [row][column][lane]. Sums are taken row by row and tap by tap in every kernel here, so that it
// does not show which of them made a pixel.

#include "cpu/kernel_table.h"
#include "cpu/kernels/depthwise.h"
#include "cpu/vector.h"

namespace mobilenet {
namespace {

// Two output rows at once need 14 sums and 9 taps in registers.
#if MOBILENET_KERNELS == MOBILENET_AVX512 || MOBILENET_KERNELS == MOBILENET_NEON
constexpr bool kRowPairs = true;
#else
constexpr bool kRowPairs = false;
#endif

// Neighbouring output pixels of one row, or of two where a kernel takes two.
struct RowStrip {
  const float* rows[kMaxBlockKernel + 1];  // input rows, at the first tap of the first pixel
  const float* weights;                    // bias, then taps
  float* output;
  ptrdiff_t next_output_row;  // floats from the first output row to the second
  const Window* window;
  Bounds bounds;
};

template <int pixels>
MOBILENET_INLINE void StoreStrip(const RowStrip& strip, float* output,
                                 const Vector (&sums)[pixels]) {
  const Vector lower = Broadcast(strip.bounds.lower);
  const Vector upper = Broadcast(strip.bounds.upper);
  MOBILENET_UNROLL
  for (int p = 0; p < pixels; p++) {
    Store(output + p * kLanes, Clamp(sums[p], lower, upper));
  }
}

// Any window.
template <int pixels>
MOBILENET_INLINE void OneRow(const RowStrip& strip) {
  const Window& w = *strip.window;
  const Vector bias = Load(strip.weights);
  Vector sums[pixels];
  MOBILENET_UNROLL
  for (int p = 0; p < pixels; p++) {
    sums[p] = bias;
  }
  for (ptrdiff_t row = 0; row < w.kernel_height; row++) {
    const float* taps = strip.weights + (1 + row * w.kernel_width) * kLanes;
    AccumulateAny<pixels, false>(w, strip.rows[row], kLanes, kLanes, taps, sums);
  }
  StoreStrip(strip, strip.output, sums);
}

// A 3x3 convolution of stride 1 or 2.
template <int pixels, int stride>
MOBILENET_INLINE void OneRowOfThree(const RowStrip& strip) {
  const Vector bias = Load(strip.weights);
  Vector sums[pixels];
  MOBILENET_UNROLL
  for (int p = 0; p < pixels; p++) {
    sums[p] = bias;
  }
  MOBILENET_UNROLL
  for (int row = 0; row < 3; row++) {
    const float* taps = strip.weights + (1 + row * 3) * kLanes;
    AccumulateThree<pixels, stride, false>(strip.rows[row], kLanes, kLanes, taps, sums);
  }
  StoreStrip(strip, strip.output, sums);
}

// Two output rows of a 3x3 convolution of stride 1: each input is loaded once for both.
template <int pixels>
MOBILENET_INLINE void TwoRows(const RowStrip& strip) {
  Vector taps[9];
  MOBILENET_UNROLL
  for (int t = 0; t < 9; t++) {
    taps[t] = Load(strip.weights + (1 + t) * kLanes);
  }
  const Vector bias = Load(strip.weights);
  Vector first[pixels];
  Vector second[pixels];
  MOBILENET_UNROLL
  for (int p = 0; p < pixels; p++) {
    first[p] = bias;
    second[p] = bias;
  }
  MOBILENET_UNROLL
  for (int row = 0; row < 4; row++) {
    MOBILENET_UNROLL
    for (int column = 0; column < pixels + 2; column++) {
      const Vector x = Load(strip.rows[row] + column * kLanes);
      MOBILENET_UNROLL
      for (int t = 0; t < 3; t++) {
        const int p = column - t;
        if (p >= 0 && p < pixels) {
          if (row < 3) {
            first[p] = MultiplyAdd(x, taps[row * 3 + t], first[p]);
          }
          if (row > 0) {
            second[p] = MultiplyAdd(x, taps[(row - 1) * 3 + t], second[p]);
          }
        }
      }
    }
  }
  StoreStrip(strip, strip.output, first);
  StoreStrip(strip, strip.output + strip.next_output_row, second);
}

enum class RowKernel { kAny, kThreeStride1, kThreeStride2, kTwoRows };

template <RowKernel kernel, int pixels>
[[gnu::noinline]] void ComputeRowStrip(const RowStrip& strip) {
  if constexpr (kernel == RowKernel::kTwoRows) {
    TwoRows<pixels>(strip);
  } else if constexpr (kernel == RowKernel::kThreeStride1) {
    OneRowOfThree<pixels, 1>(strip);
  } else if constexpr (kernel == RowKernel::kThreeStride2) {
    OneRowOfThree<pixels, 2>(strip);
  } else {
    OneRow<pixels>(strip);
  }
}

template <RowKernel kernel, int candidate = kStripPixels>
inline void ComputeStripOf(ptrdiff_t pixels, const RowStrip& strip) {
  if constexpr (candidate > 1) {
    if (pixels != candidate) {
      return ComputeStripOf<kernel, candidate - 1>(pixels, strip);
    }
  }
  ComputeRowStrip<kernel, candidate>(strip);
}

// `count` output pixels of a row (or two), in strips of nearly the same size.
template <RowKernel kernel>
inline void ComputeStrips(RowStrip strip, ptrdiff_t count) {
  const Window& w = *strip.window;
  const ptrdiff_t row_count = w.kernel_height + (kernel == RowKernel::kTwoRows ? 1 : 0);
  const ptrdiff_t strips = (count + kStripPixels - 1) / kStripPixels;
  ptrdiff_t begin = 0;
  for (ptrdiff_t i = 0; i < strips; i++) {
    const ptrdiff_t end = (i + 1) * count / strips;
    ComputeStripOf<kernel>(end - begin, strip);
    for (ptrdiff_t row = 0; row < row_count; row++) {
      strip.rows[row] += (end - begin) * w.stride_x * kLanes;
    }
    strip.output += (end - begin) * kLanes;
    begin = end;
  }
}

inline void ComputeRow(const RowStrip& strip, ptrdiff_t count) {
  const Window& w = *strip.window;
  const bool three = w.kernel_height == 3 && w.kernel_width == 3 && w.dilation_x == 1;
  if (three && w.stride_x == 1) {
    ComputeStrips<RowKernel::kThreeStride1>(strip, count);
  } else if (three && w.stride_x == 2) {
    ComputeStrips<RowKernel::kThreeStride2>(strip, count);
  } else {
    ComputeStrips<RowKernel::kAny>(strip, count);
  }
}

inline bool TakesRowPairs(const Window& w) {
  return kRowPairs && w.kernel_height == 3 && w.kernel_width == 3 && w.stride_y == 1 &&
         w.stride_x == 1 && w.dilation_y == 1 && w.dilation_x == 1;
}

}  // namespace
}  // namespace mobilenet

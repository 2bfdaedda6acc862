#pragma once

// Depthwise convolution of one block of channels whose pixels lie side by side, padding included:
// [row][column][lane]. Sums are taken row by row and tap by tap in every kernel here, so that it
// does not show which of them made a pixel.

#include "cpu/kernel_table.h"
#include "cpu/kernels/depthwise.h"
#include "cpu/vector.h"

namespace mobilenet {
namespace {

// Output pixels of one row, or of two where a kernel takes two.
struct RowStrip {
  const float* rows[kMaxBlockKernel + 1];  // input rows, at the first tap of the first pixel
  const float* weights;                    // bias, then taps
  float* output;
  ptrdiff_t next_output_row;  // floats from the first output row to the second
  const Window* window;
  Bounds bounds;
};

template <int pixels>
MOBILENET_INLINE void StartStrip(Vector bias, Vector (&sums)[pixels]) {
  MOBILENET_UNROLL
  for (int p = 0; p < pixels; p++) {
    sums[p] = bias;
  }
}

template <int pixels>
MOBILENET_INLINE void StoreStrip(const Bounds& bounds, float* output,
                                 const Vector (&sums)[pixels]) {
  const Vector lower = Broadcast(bounds.lower);
  const Vector upper = Broadcast(bounds.upper);
  MOBILENET_UNROLL
  for (int p = 0; p < pixels; p++) {
    Store(output + p * kLanes, Clamp(sums[p], lower, upper));
  }
}

// Any window: output pixels from `first` on.
struct AnyWindowRow {
  const RowStrip& strip;

  template <int pixels>
  MOBILENET_INLINE void Compute(ptrdiff_t first) const {
    const Window& w = *strip.window;
    Vector sums[pixels];
    StartStrip(Load(strip.weights), sums);
    for (ptrdiff_t row = 0; row < w.kernel_height; row++) {
      const float* taps = strip.weights + (1 + row * w.kernel_width) * kLanes;
      const float* input = strip.rows[row] + first * w.stride_x * kLanes;
      AccumulateAny<pixels, false>(w, input, kLanes, kLanes, taps, sums);
    }
    StoreStrip(strip.bounds, strip.output + first * kLanes, sums);
  }
};

// Nine taps and the bias, in registers while a row passes.
struct NineTaps {
  Vector bias;
  Vector taps[9];
};

MOBILENET_INLINE NineTaps LoadNineTaps(const float* weights) {
  NineTaps nine{};
  nine.bias = Load(weights);
  MOBILENET_UNROLL
  for (int t = 0; t < 9; t++) {
    nine.taps[t] = Load(weights + (1 + t) * kLanes);
  }
  return nine;
}

// A 3x3 window of stride 1 or 2: inputs are shared between neighbouring output pixels.
template <int stride>
struct ThreeByThreeRow {
  const RowStrip& strip;
  NineTaps nine = LoadNineTaps(strip.weights);

  template <int pixels>
  MOBILENET_INLINE void Compute(ptrdiff_t first) const {
    Vector sums[pixels];
    StartStrip(nine.bias, sums);
    MOBILENET_UNROLL
    for (int row = 0; row < 3; row++) {
      const float* input = strip.rows[row] + first * stride * kLanes;
      MOBILENET_UNROLL
      for (int column = 0; column < (pixels - 1) * stride + 3; column++) {
        const Vector x = Load(input + column * kLanes);
        MOBILENET_UNROLL
        for (int t = 0; t < 3; t++) {
          const int offset = column - t;
          if (offset >= 0 && offset % stride == 0 && offset / stride < pixels) {
            Vector& sum = sums[offset / stride];
            sum = MultiplyAdd(x, nine.taps[row * 3 + t], sum);
          }
        }
      }
    }
    StoreStrip(strip.bounds, strip.output + first * kLanes, sums);
  }
};

// Two output rows of a 3x3 window of stride 1: each input is loaded once for both.
struct ThreeByThreePair {
  const RowStrip& strip;
  NineTaps nine = LoadNineTaps(strip.weights);

  template <int pixels>
  MOBILENET_INLINE void Compute(ptrdiff_t first_pixel) const {
    Vector first[pixels];
    Vector second[pixels];
    StartStrip(nine.bias, first);
    StartStrip(nine.bias, second);
    MOBILENET_UNROLL
    for (int row = 0; row < 4; row++) {
      const float* input = strip.rows[row] + first_pixel * kLanes;
      MOBILENET_UNROLL
      for (int column = 0; column < pixels + 2; column++) {
        const Vector x = Load(input + column * kLanes);
        MOBILENET_UNROLL
        for (int t = 0; t < 3; t++) {
          const int p = column - t;
          if (p >= 0 && p < pixels) {
            if (row < 3) {
              first[p] = MultiplyAdd(x, nine.taps[row * 3 + t], first[p]);
            }
            if (row > 0) {
              second[p] = MultiplyAdd(x, nine.taps[(row - 1) * 3 + t], second[p]);
            }
          }
        }
      }
    }
    float* output = strip.output + first_pixel * kLanes;
    StoreStrip(strip.bounds, output, first);
    StoreStrip(strip.bounds, output + strip.next_output_row, second);
  }
};

// The last pixels of a row, fewer than a strip.
template <int candidate, typename Row>
MOBILENET_INLINE void ComputeLast(const Row& row, ptrdiff_t first, ptrdiff_t count) {
  if constexpr (candidate > 0) {
    if (count == candidate) {
      row.template Compute<candidate>(first);
    } else {
      ComputeLast<candidate - 1>(row, first, count);
    }
  }
}

template <typename Row>
[[gnu::noinline]] void ComputePixelsOf(const RowStrip& strip, ptrdiff_t count) {
  const Row row = {strip};
  ptrdiff_t first = 0;
  for (; first + kStripPixels <= count; first += kStripPixels) {
    row.template Compute<kStripPixels>(first);
  }
  ComputeLast<kStripPixels - 1>(row, first, count - first);
}

// `count` output pixels of one row.
inline void ComputeRow(const RowStrip& strip, ptrdiff_t count) {
  const Window& w = *strip.window;
  const bool three = w.kernel_height == 3 && w.kernel_width == 3 && w.dilation_x == 1;
  if (three && w.stride_x == 1) {
    ComputePixelsOf<ThreeByThreeRow<1>>(strip, count);
  } else if (three && w.stride_x == 2) {
    ComputePixelsOf<ThreeByThreeRow<2>>(strip, count);
  } else {
    ComputePixelsOf<AnyWindowRow>(strip, count);
  }
}

// `count` output pixels of each of two rows; see TakesRowPairs.
inline void ComputeRowPair(const RowStrip& strip, ptrdiff_t count) {
  ComputePixelsOf<ThreeByThreePair>(strip, count);
}

}  // namespace
}  // namespace mobilenet

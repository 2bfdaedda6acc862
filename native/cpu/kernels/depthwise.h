#pragma once

// Depthwise convolution. Channel blocks are the inner loop, so that memory is read in order; a
// strip of up to kStripPixels neighbouring output pixels of one block accumulates in registers.

#include "cpu/kernel_table.h"
#include "cpu/kernels/window.h"
#include "cpu/vector.h"

namespace mobilenet {
namespace {

constexpr int kStripPixels = 7;

// A strip of output pixels whose columns all lie inside the map.
struct Strip {
  const DepthwiseArguments& arguments;
  Taps rows;
  ptrdiff_t origin;  // of tap (0, 0) of the first pixel, in floats; negative where that is padding
  float* output;     // first pixel
};

// Three columns of taps, neighbouring: input vectors are shared between output pixels.
template <int pixels, int stride, bool partial>
MOBILENET_INLINE void AccumulateThree(const float* input, ptrdiff_t channels, ptrdiff_t lanes,
                                      const float* weights, Vector (&sums)[pixels]) {
  Vector taps[3];
  MOBILENET_UNROLL
  for (int t = 0; t < 3; t++) {
    taps[t] = Load(weights + t * kLanes);
  }
  MOBILENET_UNROLL
  for (int column = 0; column < (pixels - 1) * stride + 3; column++) {
    const Vector x = LoadLanes<partial>(input + column * channels, lanes);
    MOBILENET_UNROLL
    for (int t = 0; t < 3; t++) {
      const int offset = column - t;
      if (offset >= 0 && offset % stride == 0 && offset / stride < pixels) {
        sums[offset / stride] = MultiplyAdd(x, taps[t], sums[offset / stride]);
      }
    }
  }
}

// Any kernel width, stride and dilation.
template <int pixels, bool partial>
MOBILENET_INLINE void AccumulateAny(const Window& w, const float* input, ptrdiff_t channels,
                                    ptrdiff_t lanes, const float* weights, Vector (&sums)[pixels]) {
  for (ptrdiff_t t = 0; t < w.kernel_width; t++) {
    const Vector tap = Load(weights + t * kLanes);
    const float* x = input + t * w.dilation_x * channels;
    MOBILENET_UNROLL
    for (int p = 0; p < pixels; p++) {
      const Vector value = LoadLanes<partial>(x + p * w.stride_x * channels, lanes);
      sums[p] = MultiplyAdd(value, tap, sums[p]);
    }
  }
}

// shared_stride: 1 or 2 for kernels three columns wide without dilation; 0 for all others.
template <int pixels, int shared_stride, bool partial>
MOBILENET_INLINE void StripBlock(const Strip& strip, ptrdiff_t block) {
  const DepthwiseArguments& a = strip.arguments;
  const Window& w = a.window;
  const ptrdiff_t lanes = a.channels - block * kLanes;
  const float* weights = a.weights + block * (w.kernel_height * w.kernel_width + 1) * kLanes;
  const ptrdiff_t row_step = w.dilation_y * w.input_width * a.channels;
  Vector sums[pixels];
  MOBILENET_UNROLL
  for (int p = 0; p < pixels; p++) {
    sums[p] = Load(weights);
  }
  weights += kLanes;
  for (ptrdiff_t row = strip.rows.begin; row < strip.rows.end; row++) {
    const float* input = a.input + (strip.origin + row * row_step + block * kLanes);
    const float* taps = weights + row * w.kernel_width * kLanes;
    if constexpr (shared_stride == 0) {
      AccumulateAny<pixels, partial>(w, input, a.channels, lanes, taps, sums);
    } else {
      AccumulateThree<pixels, shared_stride, partial>(input, a.channels, lanes, taps, sums);
    }
  }
  const Vector lower = Broadcast(a.bounds.lower);
  const Vector upper = Broadcast(a.bounds.upper);
  float* output = strip.output + block * kLanes;
  MOBILENET_UNROLL
  for (int p = 0; p < pixels; p++) {
    StoreLanes<partial>(output + p * a.channels, Clamp(sums[p], lower, upper), lanes);
  }
}

// Two output rows at once, of a 3x3 window of stride 1: each input is loaded once for both. Sums
// are taken in the order of one row alone.
template <int pixels, bool partial>
MOBILENET_INLINE void StripBlockPair(const Strip& strip, ptrdiff_t block) {
  const DepthwiseArguments& a = strip.arguments;
  const ptrdiff_t lanes = a.channels - block * kLanes;
  const float* weights = a.weights + block * 10 * kLanes;
  Vector taps[9];
  Vector sums[2][pixels];
  MOBILENET_UNROLL
  for (int t = 0; t < 9; t++) {
    taps[t] = Load(weights + (1 + t) * kLanes);
  }
  MOBILENET_UNROLL
  for (int p = 0; p < pixels; p++) {
    sums[0][p] = sums[1][p] = Load(weights);
  }
  const float* input = a.input + (strip.origin + block * kLanes);
  MOBILENET_UNROLL
  for (int row = 0; row < 4; row++, input += a.window.input_width * a.channels) {
    MOBILENET_UNROLL
    for (int column = 0; column < pixels + 2; column++) {
      const Vector x = LoadLanes<partial>(input + column * a.channels, lanes);
      MOBILENET_UNROLL
      for (int t = 0; t < 3; t++) {
        const int p = column - t;
        if (p >= 0 && p < pixels) {
          if (row < 3) {
            sums[0][p] = MultiplyAdd(x, taps[row * 3 + t], sums[0][p]);
          }
          if (row > 0) {
            sums[1][p] = MultiplyAdd(x, taps[(row - 1) * 3 + t], sums[1][p]);
          }
        }
      }
    }
  }
  const Vector lower = Broadcast(a.bounds.lower);
  const Vector upper = Broadcast(a.bounds.upper);
  float* output = strip.output + block * kLanes;
  MOBILENET_UNROLL
  for (int i = 0; i < 2; i++, output += a.window.output_width * a.channels) {
    MOBILENET_UNROLL
    for (int p = 0; p < pixels; p++) {
      StoreLanes<partial>(output + p * a.channels, Clamp(sums[i][p], lower, upper), lanes);
    }
  }
}

// shared_stride as above, or kRowPair: the strip and the one below it.
constexpr int kRowPair = -1;

template <int pixels, int shared_stride, bool partial>
MOBILENET_INLINE void StripBlockOf(const Strip& strip, ptrdiff_t block) {
  if constexpr (shared_stride == kRowPair) {
    StripBlockPair<pixels, partial>(strip, block);
  } else {
    StripBlock<pixels, shared_stride, partial>(strip, block);
  }
}

template <int pixels, int shared_stride>
[[gnu::noinline]] void ComputeStrip(const Strip& strip, const DepthwiseRange& range) {
  const ptrdiff_t whole = Lesser(range.block_end, strip.arguments.channels / kLanes);
  for (ptrdiff_t block = range.block_begin; block < whole; block++) {
    StripBlockOf<pixels, shared_stride, false>(strip, block);
  }
  if (whole < range.block_end) {
    StripBlockOf<pixels, shared_stride, true>(strip, whole);
  }
}

template <int shared_stride, int candidate = kStripPixels>
inline void ComputePixels(ptrdiff_t pixels, const Strip& strip, const DepthwiseRange& range) {
  if constexpr (candidate > 1) {
    if (pixels != candidate) {
      return ComputePixels<shared_stride, candidate - 1>(pixels, strip, range);
    }
  }
  ComputeStrip<candidate, shared_stride>(strip, range);
}

// One output pixel near the left or right edge. Several blocks at once: one alone would wait for
// each multiply-add to end.
template <int blocks, bool partial>
MOBILENET_INLINE void EdgeBlocks(const DepthwiseArguments& a, const Taps& rows, const Taps& columns,
                                 ptrdiff_t block, float* output) {
  const Window& w = a.window;
  const ptrdiff_t lanes = a.channels - block * kLanes;
  const ptrdiff_t block_size = (w.kernel_height * w.kernel_width + 1) * kLanes;
  const float* weights = a.weights + block * block_size;
  Vector sums[blocks];
  MOBILENET_UNROLL
  for (int b = 0; b < blocks; b++) {
    sums[b] = Load(weights + b * block_size);
  }
  for (ptrdiff_t row = rows.begin; row < rows.end; row++) {
    const ptrdiff_t y = rows.start + row * w.dilation_y;
    for (ptrdiff_t column = columns.begin; column < columns.end; column++) {
      const ptrdiff_t x = columns.start + column * w.dilation_x;
      const float* input = a.input + (y * w.input_width + x) * a.channels + block * kLanes;
      const float* tap = weights + (row * w.kernel_width + column + 1) * kLanes;
      MOBILENET_UNROLL
      for (int b = 0; b < blocks; b++) {
        const Vector value = LoadLanes<partial>(input + b * kLanes, lanes);
        sums[b] = MultiplyAdd(value, Load(tap + b * block_size), sums[b]);
      }
    }
  }
  const Vector lower = Broadcast(a.bounds.lower);
  const Vector upper = Broadcast(a.bounds.upper);
  MOBILENET_UNROLL
  for (int b = 0; b < blocks; b++) {
    StoreLanes<partial>(output + (block + b) * kLanes, Clamp(sums[b], lower, upper), lanes);
  }
}

[[gnu::noinline]] void ComputeEdge(const DepthwiseArguments& a, const DepthwiseRange& range,
                                   const Taps& rows, ptrdiff_t x, float* output) {
  const Taps columns = ColumnTaps(a.window, x);
  const ptrdiff_t whole = Lesser(range.block_end, a.channels / kLanes);
  ptrdiff_t block = range.block_begin;
  for (; block + 4 <= whole; block += 4) {
    EdgeBlocks<4, false>(a, rows, columns, block, output);
  }
  for (; block < whole; block++) {
    EdgeBlocks<1, false>(a, rows, columns, block, output);
  }
  if (block < range.block_end) {
    EdgeBlocks<1, true>(a, rows, columns, block, output);
  }
}

// Two output rows at once need 14 sums and 9 taps in registers.
#if MOBILENET_KERNELS == MOBILENET_AVX512 || MOBILENET_KERNELS == MOBILENET_NEON
constexpr bool kRowPairs = true;
#else
constexpr bool kRowPairs = false;
#endif

inline bool TakesRowPairs(const Window& w) {
  return kRowPairs && w.kernel_height == 3 && w.kernel_width == 3 && w.stride_y == 1 &&
         w.stride_x == 1 && w.dilation_y == 1 && w.dilation_x == 1;
}

// Output columns interior_begin to interior_end of one row, or of a pair, dealt evenly to strips.
inline void ComputeInterior(const DepthwiseArguments& a, const DepthwiseRange& range,
                            const Taps& rows, bool pair, float* output) {
  const Window& w = a.window;
  const bool three = w.kernel_width == 3 && w.dilation_x == 1;
  const ptrdiff_t columns = a.interior_end - a.interior_begin;
  const ptrdiff_t strips = (columns + kStripPixels - 1) / kStripPixels;
  for (ptrdiff_t i = 0; i < strips; i++) {
    const ptrdiff_t x = a.interior_begin + i * columns / strips;
    const ptrdiff_t end = a.interior_begin + (i + 1) * columns / strips;
    const ptrdiff_t origin = rows.start * w.input_width + x * w.stride_x - w.padding_left;
    const Strip strip = {a, rows, origin * a.channels, output + x * a.channels};
    if constexpr (kRowPairs) {
      if (pair) {
        ComputePixels<kRowPair>(end - x, strip, range);
        continue;
      }
    }
    if (three && w.stride_x == 1) {
      ComputePixels<1>(end - x, strip, range);
    } else if (three && w.stride_x == 2) {
      ComputePixels<2>(end - x, strip, range);
    } else {
      ComputePixels<0>(end - x, strip, range);
    }
  }
}

inline void ComputeEdges(const DepthwiseArguments& a, const DepthwiseRange& range, const Taps& rows,
                         float* output) {
  for (ptrdiff_t x = 0; x < a.interior_begin; x++) {
    ComputeEdge(a, range, rows, x, output + x * a.channels);
  }
  for (ptrdiff_t x = a.interior_end; x < a.window.output_width; x++) {
    ComputeEdge(a, range, rows, x, output + x * a.channels);
  }
}

// The rows and channel blocks of `range`; `output` is where the first of its pixels goes.
inline void DepthwiseRows(const DepthwiseArguments& a, const DepthwiseRange& range, float* output) {
  const Window& w = a.window;
  const ptrdiff_t row_floats = w.output_width * a.channels;
  const bool pairs = TakesRowPairs(w);
  for (ptrdiff_t y = range.row_begin; y < range.row_end;) {
    const Taps rows = RowTaps(w, y);
    ComputeEdges(a, range, rows, output);
    const bool pair =
        pairs && y + 1 < range.row_end && rows.start >= 0 && rows.start + 3 < w.input_height;
    if (pair) {
      ComputeEdges(a, range, RowTaps(w, y + 1), output + row_floats);
    }
    ComputeInterior(a, range, rows, pair, output);
    y += pair ? 2 : 1;
    output += (pair ? 2 : 1) * row_floats;
  }
}

void Depthwise(const DepthwiseArguments& a, const DepthwiseRange& range) {
  DepthwiseRows(a, range, a.output + range.row_begin * a.window.output_width * a.channels);
}

}  // namespace
}  // namespace mobilenet

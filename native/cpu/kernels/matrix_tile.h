#pragma once

// The micro-kernel of every product of pixels by channels: a tile of pixels times a panel of output
// channels, accumulated in registers. Where the inputs and outputs of a pixel lie is a matter of
// strides, so one kernel serves maps stored rows, columns, channels (NHWC), maps in blocks of
// channels, and small windows over rows that have been copied out with their padding.

#include "cpu/kernel_table.h"
#include "cpu/vector.h"

namespace mobilenet {
namespace {

// Tile sizes: as many accumulators as the register file allows beside a panel's weights.
constexpr int kPanelVectors = 2;
#if MOBILENET_KERNELS == MOBILENET_AVX512
constexpr int kTileRows = 14;
#elif MOBILENET_KERNELS == MOBILENET_AVX2
constexpr int kTileRows = 6;
#elif MOBILENET_KERNELS == MOBILENET_NEON
constexpr int kTileRows = 8;
#else
constexpr int kTileRows = 4;
#endif
constexpr ptrdiff_t kPanelChannels = kPanelVectors * kLanes;

// Where the inputs of pixels lie: `count` of them for each pixel, in runs of consecutive floats.
struct TileInputs {
  const float* first;  // of the first pixel
  ptrdiff_t pixel_stride;
  ptrdiff_t count;
  ptrdiff_t run_length;
  ptrdiff_t run_stride;
};

// Where outputs go: one vector of channels of pixel p is at first + p * pixel_stride, the next
// `vector_stride` further. After `row_pixels` pixels the row ends and the next is `row_gap`
// further.
struct TileOutputs {
  float* first;
  const float* residual;  // added to the outputs; laid out as they are, or null
  ptrdiff_t pixel_stride;
  ptrdiff_t vector_stride;
  ptrdiff_t row_pixels;  // left in the first row
  ptrdiff_t row_length;
  ptrdiff_t row_gap;
  ptrdiff_t last_lanes;  // channels in the last vector
  Bounds bounds;
};

// Outputs stored pixel by pixel (NHWC), whose rows follow each other without a gap.
inline TileOutputs FlatOutputs(float* first, const float* residual, ptrdiff_t channels,
                               Bounds bounds) {
  constexpr ptrdiff_t kEndless = PTRDIFF_MAX / 2;
  return {first, residual, channels, kLanes, kEndless, kEndless, 0, kLanes, bounds};
}

// Every third pixel has a pointer of its own; one stride, once and doubled, reaches the two after
// it. A pointer for each of 14 pixels would not fit the registers.
template <int rows>
MOBILENET_INLINE const float* PixelInputs(const float* const (&thirds)[(rows + 2) / 3],
                                          ptrdiff_t stride, int row) {
  return thirds[row / 3] + (row % 3) * stride;
}

// One input of every pixel, `k` after the pointers.
template <int rows, int vectors>
MOBILENET_INLINE void MultiplyOne(const float* const (&thirds)[(rows + 2) / 3], ptrdiff_t stride,
                                  int k, const float* weights, Vector (&sums)[rows][vectors]) {
  Vector w[vectors];
  MOBILENET_UNROLL
  for (int v = 0; v < vectors; v++) {
    w[v] = Load(weights + v * kLanes);
  }
  MOBILENET_UNROLL
  for (int r = 0; r < rows; r++) {
    const Vector x = Broadcast(PixelInputs<rows>(thirds, stride, r)[k]);
    MOBILENET_UNROLL
    for (int v = 0; v < vectors; v++) {
      sums[r][v] = MultiplyAdd(x, w[v], sums[r][v]);
    }
  }
}

// Asks for the weights that come 64 inputs later: they may have to come from the third-level cache
// or from memory, which takes as long as multiplying that many inputs.
template <int vectors>
inline void PrefetchWeights(const float* weights) {
  constexpr int kLineFloats = 16;
  constexpr ptrdiff_t kAhead = ptrdiff_t{64} * vectors * kLanes;
  MOBILENET_UNROLL
  for (int i = 0; i < vectors * kLanes; i += kLineFloats) {
    __builtin_prefetch(weights + kAhead + i);
  }
}

template <int rows, int vectors, bool prefetch>
MOBILENET_INLINE void MultiplyRuns(const TileInputs& inputs, const float* weights,
                                   Vector (&sums)[rows][vectors]) {
  constexpr ptrdiff_t kLine = vectors * kLanes;
  const ptrdiff_t stride = inputs.pixel_stride;
  const float* run = inputs.first;
  for (ptrdiff_t left = inputs.count; left > 0; left -= inputs.run_length) {
    const float* thirds[(rows + 2) / 3];
    MOBILENET_UNROLL
    for (int i = 0; i < (rows + 2) / 3; i++) {
      thirds[i] = run + ptrdiff_t{3} * i * stride;
    }
    const ptrdiff_t length = Lesser(left, inputs.run_length);
    if constexpr (prefetch) {
      MOBILENET_UNROLL
      for (int r = 0; r < rows; r++) {
        __builtin_prefetch(run + inputs.run_stride + r * stride);
      }
    }
    MOBILENET_NO_UNROLL
    for (ptrdiff_t k = 0; k < length; k++, weights += kLine) {
      if constexpr (prefetch) {
        PrefetchWeights<vectors>(weights);
      }
      MultiplyOne(thirds, stride, 0, weights, sums);
      MOBILENET_UNROLL
      for (int i = 0; i < (rows + 2) / 3; i++) {
        thirds[i]++;
      }
    }
    run += inputs.run_stride;
  }
}

template <int rows, int vectors>
MOBILENET_INLINE void StoreOutputs(const TileOutputs& outputs, Vector (&sums)[rows][vectors]) {
  const Vector lower = Broadcast(outputs.bounds.lower);
  const Vector upper = Broadcast(outputs.bounds.upper);
  const bool whole = outputs.last_lanes == kLanes;
  float* output = outputs.first;
  const float* residual = outputs.residual;
  ptrdiff_t row_left = outputs.row_pixels;
  MOBILENET_UNROLL
  for (int r = 0; r < rows; r++) {
    if (row_left == 0) {
      row_left = outputs.row_length;
      output += outputs.row_gap;
    }
    row_left--;
    MOBILENET_UNROLL
    for (int v = 0; v < vectors; v++) {
      const ptrdiff_t offset = v * outputs.vector_stride;
      const bool all = v < vectors - 1 || whole;
      Vector sum = sums[r][v];
      if (residual != nullptr) {
        sum = sum +
              (all ? Load(residual + offset) : LoadPartial(residual + offset, outputs.last_lanes));
      }
      sum = Clamp(sum, lower, upper);
      if (all) {
        Store(output + offset, sum);
      } else {
        StorePartial(output + offset, sum, outputs.last_lanes);
      }
    }
    output += outputs.pixel_stride;
    if (residual != nullptr) {
      residual += outputs.pixel_stride;
    }
  }
}

// weights: a line of biases, then one line per input.
template <int rows, int vectors, bool prefetch>
[[gnu::noinline]] void MultiplyTile(const TileInputs& inputs, const float* weights,
                                    const TileOutputs& outputs) {
  Vector sums[rows][vectors];
  MOBILENET_UNROLL
  for (int r = 0; r < rows; r++) {
    MOBILENET_UNROLL
    for (int v = 0; v < vectors; v++) {
      sums[r][v] = Load(weights + v * kLanes);
    }
  }
  MultiplyRuns<rows, vectors, prefetch>(inputs, weights + vectors * kLanes, sums);
  StoreOutputs(outputs, sums);
}

// Calls the kernel for `rows` pixels; a full tile is the first comparison.
template <int vectors, bool prefetch, int candidate = kTileRows>
inline void MultiplyRows(ptrdiff_t rows, const TileInputs& inputs, const float* weights,
                         const TileOutputs& outputs) {
  if constexpr (candidate > 1) {
    if (rows != candidate) {
      return MultiplyRows<vectors, prefetch, candidate - 1>(rows, inputs, weights, outputs);
    }
  }
  MultiplyTile<candidate, vectors, prefetch>(inputs, weights, outputs);
}

// Pixels first to first + count of `inputs` times one panel of `channels` output channels, in tiles
// of nearly the same size.
template <bool prefetch>
inline void MultiplyPanel(TileInputs inputs, ptrdiff_t count, const float* weights,
                          ptrdiff_t channels, TileOutputs outputs) {
  const ptrdiff_t vectors = (channels + kLanes - 1) / kLanes;
  outputs.last_lanes = channels - (vectors - 1) * kLanes;
  const ptrdiff_t tiles = (count + kTileRows - 1) / kTileRows;
  const ptrdiff_t row_start = outputs.row_length - outputs.row_pixels;
  const float* const first_input = inputs.first;
  float* const first_output = outputs.first;
  const float* const first_residual = outputs.residual;
  ptrdiff_t begin = 0;
  for (ptrdiff_t tile = 0; tile < tiles; tile++) {
    const ptrdiff_t end = (tile + 1) * count / tiles;
    const ptrdiff_t row = (row_start + begin) / outputs.row_length;
    inputs.first = first_input + begin * inputs.pixel_stride;
    const ptrdiff_t offset = begin * outputs.pixel_stride + row * outputs.row_gap;
    outputs.first = first_output + offset;
    outputs.residual = first_residual == nullptr ? nullptr : first_residual + offset;
    outputs.row_pixels = outputs.row_length - (row_start + begin) % outputs.row_length;
    if (vectors == kPanelVectors) {
      MultiplyRows<kPanelVectors, prefetch>(end - begin, inputs, weights, outputs);
    } else {
      MultiplyRows<1, prefetch>(end - begin, inputs, weights, outputs);
    }
    begin = end;
  }
}

// The panel of `panel` output channels.
inline const float* PanelWeights(const float* weights, ptrdiff_t inputs, ptrdiff_t panel) {
  return weights + panel * (inputs + 1) * kPanelChannels;
}

}  // namespace
}  // namespace mobilenet

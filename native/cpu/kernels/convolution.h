#pragma once

// Convolution as an indirect matrix product: a tile of output pixels times a panel of output
// channels, accumulated in registers over every run of inputs the pixels read. As in XNNPACK
// (Dukhan, "The Indirect Convolution Algorithm", arXiv:1907.02129) the pixels of a tile are given
// by pointers, so that padding, stride and dilation cost nothing in the inner loop.

#include "cpu/kernel_table.h"
#include "cpu/kernels/matrix_tile.h"
#include "cpu/vector.h"

namespace mobilenet {
namespace {

struct Tile {
  const float* const* runs;  // [taps][rows of the tile]
  const float* weights;      // bias, then one line of weights per input of every run
  float* output;
  ptrdiff_t output_stride;  // floats between output pixels
  ptrdiff_t taps;
  ptrdiff_t run_length;
  ptrdiff_t last_lanes;  // channels in the last vector
  Bounds bounds;
  bool bounded;
};

template <int rows, int vectors>
MOBILENET_INLINE void StoreTile(const Tile& tile, Vector (&sums)[rows][vectors]) {
  if (tile.bounded) {
    const Vector lower = Broadcast(tile.bounds.lower);
    const Vector upper = Broadcast(tile.bounds.upper);
    MOBILENET_UNROLL
    for (int r = 0; r < rows; r++) {
      MOBILENET_UNROLL
      for (int v = 0; v < vectors; v++) {
        sums[r][v] = Clamp(sums[r][v], lower, upper);
      }
    }
  }
  float* output = tile.output;
  const bool whole = tile.last_lanes == kLanes;
  MOBILENET_UNROLL
  for (int r = 0; r < rows; r++, output += tile.output_stride) {
    MOBILENET_UNROLL
    for (int v = 0; v < vectors - 1; v++) {
      Store(output + v * kLanes, sums[r][v]);
    }
    float* last = output + (vectors - 1) * kLanes;
    if (whole) {
      Store(last, sums[r][vectors - 1]);
    } else {
      StorePartial(last, sums[r][vectors - 1], tile.last_lanes);
    }
  }
}

// One input channel of every row.
template <int rows, int vectors>
MOBILENET_INLINE void AccumulateOne(const float* const (&inputs)[rows], ptrdiff_t k,
                                    const float* weights, Vector (&sums)[rows][vectors]) {
  Vector w[vectors];
  MOBILENET_UNROLL
  for (int v = 0; v < vectors; v++) {
    w[v] = Load(weights + v * kLanes);
  }
  MOBILENET_UNROLL
  for (int r = 0; r < rows; r++) {
    const Vector x = Broadcast(inputs[r][k]);
    MOBILENET_UNROLL
    for (int v = 0; v < vectors; v++) {
      sums[r][v] = MultiplyAdd(x, w[v], sums[r][v]);
    }
  }
}

#if MOBILENET_KERNELS == MOBILENET_NEON
template <int lane, int rows, int vectors>
MOBILENET_INLINE void AccumulateLane(const Vector (&x)[rows], const float* weights,
                                     Vector (&sums)[rows][vectors]) {
  Vector w[vectors];
  MOBILENET_UNROLL
  for (int v = 0; v < vectors; v++) {
    w[v] = Load(weights + (lane * vectors + v) * kLanes);
  }
  MOBILENET_UNROLL
  for (int r = 0; r < rows; r++) {
    MOBILENET_UNROLL
    for (int v = 0; v < vectors; v++) {
      sums[r][v] = MultiplyAddLane<lane>(w[v], x[r], sums[r][v]);
    }
  }
}
#endif

// One run of inputs. Returns the weights after it.
template <int rows, int vectors>
MOBILENET_INLINE const float* AccumulateRun(const float* const (&inputs)[rows], ptrdiff_t length,
                                            const float* weights, Vector (&sums)[rows][vectors]) {
  constexpr ptrdiff_t kLine = vectors * kLanes;
  ptrdiff_t k = 0;
#if MOBILENET_KERNELS == MOBILENET_NEON
  for (; k + 4 <= length; k += 4, weights += 4 * kLine) {
    Vector x[rows];
    MOBILENET_UNROLL
    for (int r = 0; r < rows; r++) {
      x[r] = Load(inputs[r] + k);
    }
    AccumulateLane<0>(x, weights, sums);
    AccumulateLane<1>(x, weights, sums);
    AccumulateLane<2>(x, weights, sums);
    AccumulateLane<3>(x, weights, sums);
  }
#endif
  for (; k < length; k++, weights += kLine) {
    AccumulateOne(inputs, k, weights, sums);
  }
  return weights;
}

template <int rows, int vectors>
[[gnu::noinline]] void ComputeTile(const Tile& tile) {
  Vector sums[rows][vectors];
  const float* weights = tile.weights;
  MOBILENET_UNROLL
  for (int r = 0; r < rows; r++) {
    MOBILENET_UNROLL
    for (int v = 0; v < vectors; v++) {
      sums[r][v] = Load(weights + v * kLanes);
    }
  }
  weights += vectors * kLanes;
  const float* const* runs = tile.runs;
  for (ptrdiff_t tap = 0; tap < tile.taps; tap++, runs += rows) {
    const float* inputs[rows];
    MOBILENET_UNROLL
    for (int r = 0; r < rows; r++) {
      inputs[r] = runs[r];
    }
    weights = AccumulateRun<rows, vectors>(inputs, tile.run_length, weights, sums);
  }
  StoreTile(tile, sums);
}

// Calls the kernel for `rows` pixels; a full tile is the first comparison.
template <int vectors, int candidate = kTileRows>
inline void ComputeRows(ptrdiff_t rows, const Tile& tile) {
  if constexpr (candidate > 1) {
    if (rows != candidate) {
      return ComputeRows<vectors, candidate - 1>(rows, tile);
    }
  }
  ComputeTile<candidate, vectors>(tile);
}

inline ptrdiff_t TileStart(const ConvolutionArguments& a, ptrdiff_t tile) {
  return tile * (a.window.output_height * a.window.output_width) / a.tiles;
}

// The run of a kernel row that crosses the left or right edge, copied with zeros outside.
inline const float* CopyPatch(const ConvolutionArguments& a, const float* row, ptrdiff_t x,
                              float* patch) {
  const ptrdiff_t channels = a.input_channels;
  for (ptrdiff_t i = 0; i < a.window.kernel_width; i++) {
    const bool inside = x + i >= 0 && x + i < a.window.input_width;
    for (ptrdiff_t c = 0; c < channels; c++) {
      patch[i * channels + c] = inside ? row[(x + i) * channels + c] : 0.0f;
    }
  }
  return patch;
}

// The run that begins at this row and column of the input, which may lie outside.
inline const float* FindRun(const ConvolutionArguments& a, ptrdiff_t row, ptrdiff_t column,
                            float* patch) {
  const Window& w = a.window;
  const ptrdiff_t width = a.row_runs ? w.kernel_width : 1;
  if (row < 0 || row >= w.input_height) {
    return a.zeros;
  }
  if (column + width <= 0 || column >= w.input_width) {
    return a.zeros;
  }
  const float* line = a.input + row * w.input_width * a.input_channels;
  if (column >= 0 && column + width <= w.input_width) {
    return line + column * a.input_channels;
  }
  return CopyPatch(a, line, column, patch);
}

// Fills runs[taps][rows] for output pixels first to first + rows. Rows and columns are counted
// along, not divided out: with few input channels a division would take as long as a tap.
inline void FindRuns(const ConvolutionArguments& a, ptrdiff_t first, ptrdiff_t rows,
                     const float** runs, float* patches) {
  const Window& w = a.window;
  const ptrdiff_t columns = a.row_runs ? 1 : w.kernel_width;
  ptrdiff_t y = first / w.output_width;
  ptrdiff_t x = first % w.output_width;
  for (ptrdiff_t r = 0; r < rows; r++) {
    const ptrdiff_t top = y * w.stride_y - w.padding_top;
    const ptrdiff_t left = x * w.stride_x - w.padding_left;
    ptrdiff_t index = r;
    for (ptrdiff_t ky = 0; ky < w.kernel_height; ky++) {
      for (ptrdiff_t kx = 0; kx < columns; kx++, index += rows) {
        float* patch = a.row_runs ? patches + index * a.run_length : nullptr;
        runs[index] = FindRun(a, top + ky * w.dilation_y, left + kx * w.dilation_x, patch);
      }
    }
    if (++x == w.output_width) {
      x = 0;
      y++;
    }
  }
}

inline void ComputePanel(const ConvolutionArguments& a, ptrdiff_t panel, ptrdiff_t first,
                         ptrdiff_t rows, const float* const* runs) {
  const ptrdiff_t channel = panel * kPanelChannels;
  const ptrdiff_t channels = Lesser(a.output_channels - channel, kPanelChannels);
  const ptrdiff_t vectors = (channels + kLanes - 1) / kLanes;
  Tile tile{};
  tile.runs = runs;
  tile.weights = a.weights + panel * (a.taps * a.run_length + 1) * kPanelChannels;
  tile.output = a.output + first * a.output_channels + channel;
  tile.output_stride = a.output_channels;
  tile.taps = a.taps;
  tile.run_length = a.run_length;
  tile.last_lanes = channels - (vectors - 1) * kLanes;
  tile.bounds = a.bounds;
  tile.bounded = a.bounded;
  if (vectors == kPanelVectors) {
    ComputeRows<kPanelVectors>(rows, tile);
  } else {
    ComputeRows<1>(rows, tile);
  }
}

// Pixel by pixel: inputs need no pointers.
inline void PointwiseConvolution(const ConvolutionArguments& a, const ConvolutionRange& range) {
  for (ptrdiff_t tile = range.tile_begin; tile < range.tile_end; tile += a.tiles_per_block) {
    const ptrdiff_t begin = TileStart(a, tile);
    const ptrdiff_t end = TileStart(a, Lesser(tile + a.tiles_per_block, range.tile_end));
    const TileInputs inputs = {a.input + begin * a.input_channels, a.input_channels,
                               a.input_channels, a.input_channels, 0};
    for (ptrdiff_t panel = range.panel_begin; panel < range.panel_end; panel++) {
      const ptrdiff_t channel = panel * kPanelChannels;
      const TileOutputs outputs = FlatOutputs(a.output + begin * a.output_channels + channel,
                                              nullptr, a.output_channels, a.bounds);
      MultiplyPanel<true>(inputs, end - begin, PanelWeights(a.weights, a.input_channels, panel),
                          Lesser(a.output_channels - channel, kPanelChannels), outputs);
    }
  }
}

// Blocks of tiles outermost: within one, the runs stay in L2 while each panel passes once.
void Convolution(const ConvolutionArguments& a, const ConvolutionRange& range,
                 const ConvolutionScratch& scratch) {
  if (a.pointwise) {
    PointwiseConvolution(a, range);
    return;
  }
  const ptrdiff_t tile_runs = kTileRows * a.taps;
  for (ptrdiff_t begin = range.tile_begin; begin < range.tile_end; begin += a.tiles_per_block) {
    const ptrdiff_t end = Lesser(begin + a.tiles_per_block, range.tile_end);
    for (ptrdiff_t tile = begin; tile < end; tile++) {
      const ptrdiff_t offset = (tile - begin) * tile_runs;
      const ptrdiff_t first = TileStart(a, tile);
      float* patches = a.row_runs ? scratch.patches + offset * a.run_length : nullptr;
      FindRuns(a, first, TileStart(a, tile + 1) - first, scratch.runs + offset, patches);
    }
    for (ptrdiff_t panel = range.panel_begin; panel < range.panel_end; panel++) {
      for (ptrdiff_t tile = begin; tile < end; tile++) {
        const ptrdiff_t first = TileStart(a, tile);
        ComputePanel(a, panel, first, TileStart(a, tile + 1) - first,
                     scratch.runs + (tile - begin) * tile_runs);
      }
    }
  }
}

}  // namespace
}  // namespace mobilenet

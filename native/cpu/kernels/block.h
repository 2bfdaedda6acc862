#pragma once

// Blocks around a depthwise convolution (BlockArguments). On large maps by rows: a few rows of the
// map in between are filled for all channels into a ring, from which output rows are made one after
// the other; without a convolution to fill it the input takes its place. On small maps by channels:
// the whole map of one panel of channels is filled and convolved, so that weights are read once.

#include "cpu/kernel_table.h"
#include "cpu/kernels/depthwise_rows.h"
#include "cpu/kernels/matrix_tile.h"
#include "cpu/vector.h"

namespace mobilenet {
namespace {

// The map in between, or part of it.
struct Ring {
  float* rows;  // of the first channel block
  ptrdiff_t row_count;
  ptrdiff_t row_size;      // floats
  ptrdiff_t first_column;  // floats of padding on the left

  float* Row(ptrdiff_t block, ptrdiff_t row) const {
    return rows + (block * row_count + row % row_count) * row_size;
  }
};

inline Ring RingOf(const BlockArguments& a, const BlockScratch& scratch) {
  return {scratch.ring, a.ring_rows, a.padded_width * kLanes, a.window.padding_left * kLanes};
}

inline ptrdiff_t BlockCount(ptrdiff_t channels) { return (channels + kLanes - 1) / kLanes; }

// Fills only ever write between the padding columns.
inline void ClearPadding(const Window& w, const Ring& ring, ptrdiff_t blocks) {
  const ptrdiff_t right = ring.first_column + w.input_width * kLanes;
  for (ptrdiff_t row = 0; row < blocks * ring.row_count; row++) {
    float* const floats = ring.rows + row * ring.row_size;
    for (ptrdiff_t i = 0; i < ring.first_column; i += kLanes) {
      Store(floats + i, Broadcast(0));
    }
    for (ptrdiff_t i = right; i < ring.row_size; i += kLanes) {
      Store(floats + i, Broadcast(0));
    }
  }
}

inline void ClearFloats(float* to, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i++) {
    to[i] = 0;
  }
}

inline void CopyFloats(const float* from, float* to, ptrdiff_t count) {
  ptrdiff_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    Store(to + i, Load(from + i));
  }
  if (i < count) {
    StorePartial(to + i, LoadPartial(from + i, count - i), count - i);
  }
}

// A row of pixels as floats.
inline void ScalePixels(const PixelArguments& pixels, ptrdiff_t row, float* to, ptrdiff_t count) {
  constexpr ptrdiff_t kPeriod = PixelArguments::kPeriod;
  const uint8_t* from = pixels.first + row * pixels.row_stride;
  for (ptrdiff_t i = 0; i < count; i += kPeriod) {
    MOBILENET_UNROLL
    for (ptrdiff_t j = 0; j < kPeriod; j += kLanes) {
      const Vector scale = Load(pixels.scale + j);
      const Vector offset = Load(pixels.offset + j);
      const ptrdiff_t left = count - i - j;
      if (left >= kLanes) {
        Store(to + i + j, Rounded(LoadBytes(from + i + j) * scale) + offset);
      } else if (left > 0) {
        uint8_t last[kLanes] = {};
        for (ptrdiff_t k = 0; k < left; k++) {
          last[k] = from[i + j + k];
        }
        StorePartial(to + i + j, Rounded(LoadBytes(last) * scale) + offset, left);
      }
    }
  }
}

// The input rows that row `y` of the map in between needs, with zeros around them.
inline void CopyPatch(const BlockArguments& a, ptrdiff_t y, float* patch) {
  const Window& w = a.fill_window;
  const ptrdiff_t row_floats = w.input_width * a.input_channels;
  const ptrdiff_t left = w.padding_left * a.input_channels;
  const ptrdiff_t used = Lesser(row_floats, a.patch_width - left);
  for (ptrdiff_t ky = 0; ky < w.kernel_height; ky++, patch += a.patch_width) {
    const ptrdiff_t row = y * w.stride_y - w.padding_top + ky;
    if (row < 0 || row >= w.input_height) {
      ClearFloats(patch, a.patch_width);
      continue;
    }
    ClearFloats(patch, left);
    if (a.pixels != nullptr && a.pixels->first != nullptr) {
      ScalePixels(*a.pixels, row, patch + left, used);
    } else {
      CopyFloats(a.input + row * row_floats, patch + left, used);
    }
    ClearFloats(patch + left + used, a.patch_width - left - used);
  }
}

inline float* PatchOf(const BlockArguments& a, const BlockScratch& scratch, ptrdiff_t row) {
  return scratch.patches + row % a.ring_rows * a.fill_window.kernel_height * a.patch_width;
}

// One row of the input as it is, channel blocks first_block to last_block. Pixel by pixel, because
// that is how the input lies in memory.
inline void CopyRow(const BlockArguments& a, const Ring& ring, ptrdiff_t first_block,
                    ptrdiff_t last_block, ptrdiff_t row) {
  const ptrdiff_t ring_stride = ring.row_count * ring.row_size;
  const ptrdiff_t whole = Lesser(last_block, a.channels / kLanes);
  const float* from = a.input + row * a.window.input_width * a.channels;
  float* to = ring.Row(0, row) + ring.first_column;
  for (ptrdiff_t x = 0; x < a.window.input_width; x++, from += a.channels, to += kLanes) {
    for (ptrdiff_t block = first_block; block < whole; block++) {
      Store(to + (block - first_block) * ring_stride, Load(from + block * kLanes));
    }
    if (whole < last_block) {
      Store(to + (whole - first_block) * ring_stride,
            LoadPartial(from + whole * kLanes, a.channels - whole * kLanes));
    }
  }
}

// Pixels of the map in between, counted from (row, column), for one panel of channels.
template <bool prefetch>
inline void MultiplyColumns(const BlockArguments& a, const BlockScratch& scratch, const Ring& ring,
                            ptrdiff_t panel, ptrdiff_t block, ptrdiff_t row, ptrdiff_t column,
                            ptrdiff_t count) {
  const ptrdiff_t width = a.window.input_width;
  const ptrdiff_t padding = ring.row_size - width * kLanes;
  const ptrdiff_t vector_stride = ring.row_count * ring.row_size;
  const ptrdiff_t channels = Lesser(a.channels - panel * kPanelChannels, kPanelChannels);
  const TileOutputs outputs = {ring.Row(block, row) + ring.first_column + column * kLanes,
                               nullptr,
                               kLanes,
                               vector_stride,
                               width - column,
                               width,
                               padding,
                               kLanes,
                               a.fill_bounds};
  TileInputs inputs{};
  if (a.fill == BlockFill::kPointwise) {
    inputs = {a.input + (row * width + column) * a.input_channels, a.input_channels,
              a.input_channels, a.input_channels, 0};
  } else {
    const Window& w = a.fill_window;
    const ptrdiff_t pixel = w.stride_x * a.input_channels;
    const ptrdiff_t run = w.kernel_width * a.input_channels;
    inputs = {PatchOf(a, scratch, row) + column * pixel, pixel, w.kernel_height * run, run,
              a.patch_width};
  }
  MultiplyPanel<prefetch>(inputs, count, PanelWeights(a.fill_weights, inputs.count, panel),
                          BlockCount(channels) * kLanes, outputs);
}

// Depthwise convolution of channel block `block` (at ring_block in the ring): output columns begin
// to end of `rows` rows from y on. output: row y, column 0.
inline void ConvolveColumns(const BlockArguments& a, const BlockScratch& scratch, const Ring& ring,
                            ptrdiff_t block, ptrdiff_t ring_block, ptrdiff_t y, ptrdiff_t rows,
                            ptrdiff_t begin, ptrdiff_t end, float* output) {
  const Window& w = a.window;
  RowStrip strip{};
  strip.weights = a.depthwise_weights + block * (w.kernel_height * w.kernel_width + 1) * kLanes;
  strip.next_output_row = w.output_width * kLanes;
  strip.window = &w;
  strip.bounds = a.depthwise_bounds;
  const bool pairs = TakesRowPairs(w);
  for (ptrdiff_t i = 0; i < rows;) {
    const bool pair = pairs && i + 1 < rows;
    for (ptrdiff_t tap = 0; tap < w.kernel_height + (pair ? 1 : 0); tap++) {
      const ptrdiff_t row = (y + i) * w.stride_y - w.padding_top + tap * w.dilation_y;
      const float* start =
          row < 0 || row >= w.input_height ? scratch.zeros : ring.Row(ring_block, row);
      strip.rows[tap] = start + begin * w.stride_x * kLanes;
    }
    strip.output = output + (i * w.output_width + begin) * kLanes;
    if (pair) {
      ComputeRowPair(strip, end - begin);
    } else {
      ComputeRow(strip, end - begin);
    }
    i += pair ? 2 : 1;
  }
}

// Output columns whose taps all lie before column `filled` of the map in between.
inline ptrdiff_t ReadyColumns(const Window& w, ptrdiff_t filled) {
  if (filled == w.input_width) {
    return w.output_width;
  }
  const ptrdiff_t last = filled - 1 + w.padding_left - (w.kernel_width - 1) * w.dilation_x;
  return last < 0 ? 0 : Lesser(last / w.stride_x + 1, w.output_width);
}

// The last convolution: `count` output pixels from output_pixel on, for one panel of channels.
inline void Project(const BlockArguments& a, const TileInputs& inputs, ptrdiff_t output_pixel,
                    ptrdiff_t count, ptrdiff_t panel) {
  const ptrdiff_t channel = panel * kPanelChannels;
  const ptrdiff_t offset = output_pixel * a.output_channels + channel;
  const TileOutputs outputs =
      FlatOutputs(a.output + offset, a.residual == nullptr ? nullptr : a.residual + offset,
                  a.output_channels, a.output_bounds);
  MultiplyPanel<true>(inputs, count, PanelWeights(a.project_weights, a.channels, panel),
                      Lesser(a.output_channels - channel, kPanelChannels), outputs);
}

// The same from a map in blocks of channels, of which each holds map_pixels.
inline void ProjectPixels(const BlockArguments& a, const float* map, ptrdiff_t map_pixels,
                          ptrdiff_t output_pixel, ptrdiff_t count, ptrdiff_t panel) {
  Project(a, {map, kLanes, a.channels, kLanes, map_pixels * kLanes}, output_pixel, count, panel);
}

inline ptrdiff_t PanelsOf(ptrdiff_t channels) {
  return (channels + kPanelChannels - 1) / kPanelChannels;
}

// Fills rows fill_begin to fill_end and convolves to output rows y to y + rows, chunk by chunk: the
// convolution finds in the first-level cache what was filled.
inline void StepPanel(const BlockArguments& a, const BlockScratch& scratch, const Ring& ring,
                      ptrdiff_t panel, ptrdiff_t fill_begin, ptrdiff_t fill_end, ptrdiff_t y,
                      ptrdiff_t rows) {
  const Window& w = a.window;
  const ptrdiff_t first_block = panel * kPanelVectors;
  const ptrdiff_t last_block = Lesser(first_block + kPanelVectors, BlockCount(a.channels));
  const ptrdiff_t map_block = a.step_rows * w.output_width * kLanes;
  ptrdiff_t done = 0;
  for (ptrdiff_t x = 0; x < w.input_width; x += a.chunk_columns) {
    const ptrdiff_t filled = Lesser(x + a.chunk_columns, w.input_width);
    for (ptrdiff_t row = fill_begin; row < fill_end; row++) {
      MultiplyColumns<false>(a, scratch, ring, panel, first_block, row, x, filled - x);
    }
    const ptrdiff_t ready = ReadyColumns(w, filled);
    if (ready > done) {
      for (ptrdiff_t block = first_block; block < last_block; block++) {
        ConvolveColumns(a, scratch, ring, block, block, y, rows, done, ready,
                        scratch.map + block * map_block);
      }
      done = ready;
    }
  }
}

// Without a convolution before the depthwise one: that reads the input where it is.
inline void DirectRows(const BlockArguments& a, float* map, ptrdiff_t row_begin,
                       ptrdiff_t row_end) {
  const Window& w = a.window;
  DepthwiseArguments depthwise{};
  depthwise.input = a.input;
  depthwise.weights = a.depthwise_weights;
  depthwise.window = w;
  depthwise.channels = a.channels;
  depthwise.interior_begin = a.interior_begin;
  depthwise.interior_end = a.interior_end;
  depthwise.bounds = a.depthwise_bounds;
  for (ptrdiff_t y = row_begin; y < row_end; y += a.step_rows) {
    const ptrdiff_t rows = Lesser(a.step_rows, row_end - y);
    DepthwiseRows(depthwise, {y, y + rows, 0, BlockCount(a.channels)}, map);
    const TileInputs inputs = {map, a.channels, a.channels, a.channels, 0};
    for (ptrdiff_t panel = 0; panel < PanelsOf(a.output_channels); panel++) {
      Project(a, inputs, y * w.output_width, rows * w.output_width, panel);
    }
  }
}

void BlockRows(const BlockArguments& a, const BlockScratch& scratch, ptrdiff_t row_begin,
               ptrdiff_t row_end) {
  if (a.fill == BlockFill::kCopy) {
    DirectRows(a, scratch.map, row_begin, row_end);
    return;
  }
  const Window& w = a.window;
  const Ring ring = RingOf(a, scratch);
  ClearPadding(w, ring, BlockCount(a.channels));
  ptrdiff_t next = 0;  // first row not filled yet
  for (ptrdiff_t y = row_begin; y < row_end; y += a.step_rows) {
    const ptrdiff_t rows = Lesser(a.step_rows, row_end - y);
    const ptrdiff_t top = y * w.stride_y - w.padding_top;
    const ptrdiff_t bottom = top + (rows - 1) * w.stride_y + (w.kernel_height - 1) * w.dilation_y;
    next = Greater(next, top);
    const ptrdiff_t end = Lesser(bottom + 1, w.input_height);
    for (ptrdiff_t row = next; row < end; row++) {
      if (a.fill == BlockFill::kWindow) {
        CopyPatch(a, row, PatchOf(a, scratch, row));
      }
    }
    for (ptrdiff_t panel = 0; panel < PanelsOf(a.channels); panel++) {
      StepPanel(a, scratch, ring, panel, next, end, y, rows);
    }
    next = Greater(next, end);
    for (ptrdiff_t panel = 0; panel < PanelsOf(a.output_channels); panel++) {
      ProjectPixels(a, scratch.map, a.step_rows * w.output_width, y * w.output_width,
                    rows * w.output_width, panel);
    }
  }
}

void BlockPanels(const BlockArguments& a, const BlockScratch& scratch, ptrdiff_t panel_begin,
                 ptrdiff_t panel_end) {
  const Window& w = a.window;
  const Ring ring = RingOf(a, scratch);
  ClearPadding(w, ring, kPanelVectors);
  const ptrdiff_t map_block = w.output_height * w.output_width * kLanes;
  for (ptrdiff_t row = 0; row < w.input_height && a.fill == BlockFill::kWindow; row++) {
    CopyPatch(a, row, PatchOf(a, scratch, row));
  }
  for (ptrdiff_t panel = panel_begin; panel < panel_end; panel++) {
    const ptrdiff_t first_block = panel * kPanelVectors;
    const ptrdiff_t last_block = Lesser(first_block + kPanelVectors, BlockCount(a.channels));
    if (a.fill == BlockFill::kPointwise) {
      MultiplyColumns<true>(a, scratch, ring, panel, 0, 0, 0, w.input_height * w.input_width);
    } else {
      for (ptrdiff_t row = 0; row < w.input_height; row++) {
        if (a.fill == BlockFill::kCopy) {
          CopyRow(a, ring, first_block, last_block, row);
        } else {
          MultiplyColumns<true>(a, scratch, ring, panel, 0, row, 0, w.input_width);
        }
      }
    }
    for (ptrdiff_t block = first_block; block < last_block; block++) {
      ConvolveColumns(a, scratch, ring, block, block - first_block, 0, w.output_height, 0,
                      w.output_width, scratch.map + block * map_block);
    }
  }
}

void BlockProject(const BlockArguments& a, const float* map, ptrdiff_t pixel_begin,
                  ptrdiff_t pixel_end, ptrdiff_t panel_begin, ptrdiff_t panel_end) {
  const ptrdiff_t pixels = a.window.output_height * a.window.output_width;
  for (ptrdiff_t panel = panel_begin; panel < panel_end; panel++) {
    ProjectPixels(a, map + pixel_begin * kLanes, pixels, pixel_begin, pixel_end - pixel_begin,
                  panel);
  }
}

}  // namespace
}  // namespace mobilenet

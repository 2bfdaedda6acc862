// Resizes logits to a picture and takes the largest class of each pixel at once, as
// core/segmentation.cc does: the resized logits are never in memory. One thread labels the pixels
// of one column in one band of rows, between the same four logits.
#include <metal_stdlib>

#include "parameters.h"

using namespace metal;
using namespace mobilenet_kernels;

kernel void label_pixels(device const float* logits [[buffer(0)]],
                         device const Tap* rows [[buffer(1)]],
                         device const Tap* columns [[buffer(2)]],
                         device const LabelBand* bands [[buffer(3)]],
                         device uchar* class_map [[buffer(4)]],
                         device uchar* confidence_map [[buffer(5)]],
                         device atomic_uint* pixel_counts [[buffer(6)]],
                         constant LabelParameters& parameters [[buffer(7)]],
                         uint3 position [[thread_position_in_grid]]) {
  if (position.x >= parameters.columns || position.y >= parameters.bands) {
    return;
  }
  const LabelBand band = bands[position.y];
  const Tap column = columns[position.x];
  const int upper_row = rows[band.first].lower * parameters.row_stride;
  const int lower_row = rows[band.first].upper * parameters.row_stride;
  const int left = column.lower * parameters.column_stride;
  const int right = column.upper * parameters.column_stride;

  // What is not a number wins nowhere.
  float largest[MOBILENET_BAND_ROWS];
  uint labels[MOBILENET_BAND_ROWS];
  for (uint i = 0; i < band.count; ++i) {
    largest[i] = -FLT_MAX;
    labels[i] = 0;
  }
  for (uint c = 0; c < parameters.classes; ++c) {
    const int at = int(c);
    const float above_left = logits[upper_row + left + at];
    const float above_right = logits[upper_row + right + at];
    const float below_left = logits[lower_row + left + at];
    const float below_right = logits[lower_row + right + at];
    const float above = above_left + (above_right - above_left) * column.lerp;
    const float below = below_left + (below_right - below_left) * column.lerp;
    for (uint i = 0; i < band.count; ++i) {
      const float logit = above + (below - above) * rows[band.first + i].lerp;
      // The first of equals wins.
      if (logit > largest[i]) {
        largest[i] = logit;
        labels[i] = c;
      }
    }
  }
  for (uint i = 0; i < band.count; ++i) {
    class_map[(band.first + i) * parameters.columns + position.x] = uchar(labels[i]);
  }

  if (parameters.confidence == 1) {
    float sums[MOBILENET_BAND_ROWS];
    for (uint i = 0; i < band.count; ++i) {
      sums[i] = 0.0f;
    }
    for (uint c = 0; c < parameters.classes; ++c) {
      const int at = int(c);
      const float above_left = logits[upper_row + left + at];
      const float above_right = logits[upper_row + right + at];
      const float below_left = logits[lower_row + left + at];
      const float below_right = logits[lower_row + right + at];
      const float above = above_left + (above_right - above_left) * column.lerp;
      const float below = below_left + (below_right - below_left) * column.lerp;
      for (uint i = 0; i < band.count; ++i) {
        const float logit = above + (below - above) * rows[band.first + i].lerp;
        // What is not a number adds nothing.
        sums[i] += max(precise::exp(logit - largest[i]), 0.0f);
      }
    }
    for (uint i = 0; i < band.count; ++i) {
      // The winner's own weight is 1, or close to it where the compiler rounds this loop's logits
      // in another way than the first's; there is none where no logit is a number. To be cut off,
      // which rounds.
      const float confidence = sums[i] > 0.5f ? min(255.0f / sums[i], 255.0f) + 0.5f : 0.0f;
      confidence_map[(band.first + i) * parameters.columns + position.x] = uchar(uint(confidence));
    }
  }

  // Neighbouring pixels are mostly of one class: one addition for each run of them.
  if (position.x >= parameters.counted_columns) {
    return;
  }
  uint run = 0;
  for (uint i = 0; i < band.count && band.first + i < parameters.counted_rows; ++i) {
    ++run;
    const bool last = i + 1 == band.count || band.first + i + 1 == parameters.counted_rows;
    if (last || labels[i + 1] != labels[i]) {
      atomic_fetch_add_explicit(&pixel_counts[labels[i]], run, memory_order_relaxed);
      run = 0;
    }
  }
}

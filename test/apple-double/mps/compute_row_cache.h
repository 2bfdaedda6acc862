#pragma once

#include <cstddef>
#include <vector>

#include "compute_image_texels.h"

namespace apple_double {

// Rows of an image as floats, [width][padded channels]. Keeps as many as a window is high, so that
// each is unpacked once when rows are asked for from top to bottom.
class RowCache {
 public:
  RowCache(const ImageTexels& image, size_t rows);

  // Null outside the image, unless it is clamped.
  const float* Row(long y, bool clamp);
  size_t PixelStride() const { return pixel_stride_; }

 private:
  const ImageTexels& image_;
  size_t pixel_stride_;
  size_t row_size_;
  std::vector<float> rows_;
  std::vector<long> which_;
};

}  // namespace apple_double

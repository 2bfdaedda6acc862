#include "compute_row_cache.h"

#include <algorithm>

#include "compute_vector_kernels.h"

namespace apple_double {

RowCache::RowCache(const ImageTexels& image, size_t rows)
    : image_(image),
      pixel_stride_(RoundUp(image.channels, kChannelBlock)),
      row_size_(image.width * pixel_stride_),
      rows_(rows * row_size_),
      which_(rows, -1) {}

const float* RowCache::Row(long y, bool clamp) {
  const long height = static_cast<long>(image_.height);
  if (clamp) {
    y = std::clamp(y, 0L, height - 1);
  }
  if (y < 0 || y >= height) {
    return nullptr;
  }
  const size_t place = static_cast<size_t>(y) % which_.size();
  float* row = rows_.data() + place * row_size_;
  if (which_[place] != y) {
    Vectors().unpack(image_, static_cast<size_t>(y) * image_.width, image_.width, row,
                     pixel_stride_);
    which_[place] = y;
  }
  return row;
}

}  // namespace apple_double

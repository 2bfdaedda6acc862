#pragma once

#include <cstddef>

namespace apple_double {

// How one channel of an image is stored.
enum class ChannelType { kFloat16, kFloat32, kUnorm8, kUnorm16 };

// The texels of one image: slices of four channels (MPSImage.h), each slice all rows, each row all
// pixels, each pixel `components` numbers.
struct ImageTexels {
  std::byte* bytes = nullptr;
  size_t width = 0;
  size_t height = 0;
  // The channels a kernel reads or writes, from the first of slice `first_slice`.
  size_t channels = 0;
  size_t first_slice = 0;
  size_t components = 4;  // 1 and 2 only for images of 1 and 2 channels
  ChannelType type = ChannelType::kFloat16;

  size_t Pixels() const { return width * height; }
};

}  // namespace apple_double

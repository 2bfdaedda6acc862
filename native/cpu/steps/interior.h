#pragma once

#include <algorithm>

#include "cpu/kernel_table.h"

namespace mobilenet {

// Output columns whose taps all lie between the left and the right edge of the map, half-open.
struct Interior {
  ptrdiff_t begin;
  ptrdiff_t end;
};

inline Interior InteriorOf(const Window& w) {
  const ptrdiff_t begin = std::min((w.padding_left + w.stride_x - 1) / w.stride_x, w.output_width);
  const ptrdiff_t last_start =
      w.input_width - 1 - (w.kernel_width - 1) * w.dilation_x + w.padding_left;
  const ptrdiff_t end = last_start < 0 ? 0 : last_start / w.stride_x + 1;
  return {begin, std::clamp(end, begin, w.output_width)};
}

}  // namespace mobilenet

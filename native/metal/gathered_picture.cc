#include "metal/gathered_picture.h"

#include <algorithm>
#include <utility>

namespace mobilenet::metal {
namespace {

constexpr size_t kRgb = 3;
constexpr size_t kRgba = 4;

// The coordinates that taps read, each once, ascending; the taps then count among those.
std::vector<int32_t> Compact(std::vector<BilinearTap>& taps) {
  std::vector<int32_t> read;
  read.reserve(taps.size() * 2);
  for (const BilinearTap& tap : taps) {
    read.push_back(tap.lower);
    read.push_back(tap.upper);
  }
  std::sort(read.begin(), read.end());
  read.erase(std::unique(read.begin(), read.end()), read.end());
  const auto place = [&](int32_t coordinate) {
    return static_cast<int32_t>(std::lower_bound(read.begin(), read.end(), coordinate) -
                                read.begin());
  };
  for (BilinearTap& tap : taps) {
    tap.lower = place(tap.lower);
    tap.upper = place(tap.upper);
  }
  return read;
}

}  // namespace

GatheredPicture Gather(const Picture& picture, const Rectangle& region, int rotation,
                       const Preprocessing& preprocessing, GatheredPicture reused) {
  const Placement placement =
      Place({picture.height, picture.width}, region, rotation, preprocessing);
  const View& view = placement.seen;
  const auto taps = [&](int32_t from, int32_t to) {
    return BilinearTaps(from, to, preprocessing.align_corners, preprocessing.half_pixel_centers);
  };
  GatheredPicture gathered = std::move(reused);
  gathered.content = placement.content;
  gathered.rows = taps(view.size.height, placement.content.height);
  gathered.columns = taps(view.size.width, placement.content.width);
  const std::vector<int32_t> rows = Compact(gathered.rows);
  const std::vector<int32_t> columns = Compact(gathered.columns);
  gathered.size = {static_cast<int32_t>(rows.size()), static_cast<int32_t>(columns.size())};
  gathered.pixels.resize(rows.size() * columns.size() * kRgba);
  uint8_t* out = gathered.pixels.data();
  for (const int32_t row : rows) {
    const uint8_t* const line =
        picture.pixels.data() + (view.origin + row * view.row_stride) * ptrdiff_t{kRgb};
    for (const int32_t column : columns) {
      const uint8_t* const pixel = line + column * view.column_stride * ptrdiff_t{kRgb};
      out[0] = pixel[0];
      out[1] = pixel[1];
      out[2] = pixel[2];
      out[3] = 255;
      out += kRgba;
    }
  }
  return gathered;
}

}  // namespace mobilenet::metal

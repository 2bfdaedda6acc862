#include "core/sampling.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "core/bilinear.h"
#include "core/error.h"
#include "core/shape.h"

namespace mobilenet {
namespace {

constexpr size_t kChannels = 3;

// Rows that one thread takes together: neighbours read the same rows of the picture.
constexpr int32_t kBandRows = 64;

// With more columns than this for each of the output's, most of a converted row would go unread.
constexpr int32_t kMostColumnsPerOutput = 4;

// Every pixel value as a float: looking it up takes half the time of converting it.
constexpr std::array<float, 256> kPixelValues = [] {
  std::array<float, 256> values{};
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(i);
  }
  return values;
}();

// Whether every output pixel is the input pixel of the same number.
bool IsIdentity(const std::vector<BilinearTap>& taps) {
  int32_t next = 0;
  return std::all_of(taps.begin(), taps.end(),
                     [&](const BilinearTap& tap) { return tap.lower == next++ && tap.lerp == 0; });
}

// The three channels' numbers, again and again for a row of `width` pixels.
std::vector<float> RepeatForRow(const std::array<float, kChannels>& channels, int32_t width) {
  std::vector<float> row(static_cast<size_t>(width) * kChannels);
  for (size_t i = 0; i < row.size(); ++i) {
    row[i] = channels[i % kChannels];
  }
  return row;
}

// How a view of a picture is resized and scaled.
struct Resampling {
  Resampling(const Picture& of, const View& seen, Extent content,
             const Preprocessing& preprocessing)
      : picture(of),
        view(seen),
        rows(BilinearTaps(seen.size.height, content.height, preprocessing.align_corners,
                          preprocessing.half_pixel_centers)),
        columns(BilinearTaps(seen.size.width, content.width, preprocessing.align_corners,
                             preprocessing.half_pixel_centers)),
        copies_columns(seen.column_stride == 1 && IsIdentity(columns)),
        converts_rows(seen.column_stride == 1 &&
                      seen.size.width / kMostColumnsPerOutput <= content.width),
        scale(RepeatForRow(preprocessing.scale, content.width)),
        offset(RepeatForRow(preprocessing.offset, content.width)) {}

  const Picture& picture;
  const View& view;
  const std::vector<BilinearTap> rows;
  const std::vector<BilinearTap> columns;
  const bool copies_columns;
  const bool converts_rows;  // whole, before they are blended
  const std::vector<float> scale;
  const std::vector<float> offset;
};

// Rows of the view blended along its columns. The last two are kept: going down, output rows often
// lie between the same two, or one further.
class BlendedRows {
 public:
  explicit BlendedRows(const Resampling& resampling)
      : resampling_(resampling),
        row_size_(resampling.scale.size() + 1),
        memory_(2 * row_size_),
        converted_(resampling.converts_rows
                       ? static_cast<size_t>(resampling.view.size.width) * kChannels + 1
                       : 0) {}

  // Valid until the second next call.
  const float* Row(int32_t row) {
    if (numbers_[latest_] == row) {
      return Memory(latest_);
    }
    latest_ = 1 - latest_;
    if (numbers_[latest_] != row) {
      numbers_[latest_] = row;
      Blend(row, Memory(latest_));
    }
    return Memory(latest_);
  }

 private:
  float* Memory(size_t which) { return memory_.data() + which * row_size_; }

  void Blend(int32_t row, float* out) {
    const View& view = resampling_.view;
    const uint8_t* pixels = resampling_.picture.pixels.data() +
                            (view.origin + row * view.row_stride) * ptrdiff_t{kChannels};
    if (resampling_.copies_columns) {
      ToFloats(pixels, resampling_.columns.size(), out);
    } else if (resampling_.converts_rows) {
      ToFloats(pixels, static_cast<size_t>(resampling_.view.size.width), converted_.data());
      BlendFloats(converted_.data(), out);
    } else {
      BlendPixels(pixels, out);
    }
  }

  static void ToFloats(const uint8_t* pixels, size_t columns, float* out) {
    for (size_t i = 0; i < columns * kChannels; ++i) {
      out[i] = static_cast<float>(pixels[i]);
    }
  }

  // Four floats at a time, of which the last belongs to the next pixel and is written over.
  void BlendFloats(const float* row, float* out) const {
    for (const BilinearTap& column : resampling_.columns) {
      std::array<float, 4> left{};
      std::array<float, 4> right{};
      std::copy_n(row + static_cast<size_t>(column.lower) * kChannels, 4, left.begin());
      std::copy_n(row + static_cast<size_t>(column.upper) * kChannels, 4, right.begin());
      for (size_t c = 0; c < 4; ++c) {
        left[c] = Lerp(left[c], right[c], column.lerp);
      }
      std::copy_n(left.begin(), 4, out);
      out += kChannels;
    }
  }

  void BlendPixels(const uint8_t* pixels, float* out) const {
    const ptrdiff_t column_stride = resampling_.view.column_stride * ptrdiff_t{kChannels};
    for (const BilinearTap& column : resampling_.columns) {
      const uint8_t* left = pixels + column.lower * column_stride;
      const uint8_t* right = pixels + column.upper * column_stride;
      for (size_t c = 0; c < kChannels; ++c) {
        *out++ = Lerp(kPixelValues[left[c]], kPixelValues[right[c]], column.lerp);
      }
    }
  }

  const Resampling& resampling_;
  const size_t row_size_;  // with room for BlendFloats' fourth
  std::vector<float> memory_;
  std::vector<float> converted_;  // a row of the view, where that pays
  std::array<int32_t, 2> numbers_{-1, -1};
  size_t latest_ = 0;
};

// Output rows begin to end, the first of them at `out`. Columns first, then rows, as BilinearBlend
// does it; the inner loops run along memory, so that compilers vectorise them.
void ResampleRows(const Resampling& resampling, BlendedRows& blended, int32_t begin, int32_t end,
                  size_t out_stride, float* out) {
  const size_t count = resampling.scale.size();
  const float* scale = resampling.scale.data();
  const float* offset = resampling.offset.data();
  for (int32_t y = begin; y < end; ++y, out += out_stride) {
    const BilinearTap& row = resampling.rows[static_cast<size_t>(y)];
    const float* top = blended.Row(row.lower);
    if (row.lerp == 0) {
      for (size_t i = 0; i < count; ++i) {
        out[i] = top[i] * scale[i] + offset[i];
      }
      continue;
    }
    const float* bottom = blended.Row(row.upper);
    for (size_t i = 0; i < count; ++i) {
      out[i] = Lerp(top[i], bottom[i], row.lerp) * scale[i] + offset[i];
    }
  }
}

// Resizes the view to `content` and scales it into the top left of the input.
void Resample(const Resampling& resampling, int32_t input_width, std::span<float> input,
              const ParallelLoop& parallel) {
  const auto height = static_cast<int32_t>(resampling.rows.size());
  const size_t stride = static_cast<size_t>(input_width) * kChannels;
  const auto bands = static_cast<size_t>((height + kBandRows - 1) / kBandRows);
  std::vector<BlendedRows> blended(bands, BlendedRows(resampling));
  parallel(bands, [&](size_t band) {
    const auto begin = static_cast<int32_t>(band) * kBandRows;
    ResampleRows(resampling, blended[band], begin, std::min(begin + kBandRows, height), stride,
                 input.data() + static_cast<size_t>(begin) * stride);
  });
}

// Fills what lies right of and below the content.
void Pad(Extent content, const Preprocessing& preprocessing, std::span<float> input) {
  std::array<float, kChannels> color{};
  for (size_t c = 0; c < kChannels; ++c) {
    color[c] = preprocessing.pad_value[c] * preprocessing.scale[c] + preprocessing.offset[c];
  }
  const auto width = static_cast<size_t>(preprocessing.size.width);
  const auto height = static_cast<size_t>(preprocessing.size.height);
  for (size_t y = 0; y < height; ++y) {
    const bool beside = y < static_cast<size_t>(content.height);
    for (size_t x = beside ? static_cast<size_t>(content.width) : 0; x < width; ++x) {
      std::copy(color.begin(), color.end(), input.data() + (y * width + x) * kChannels);
    }
  }
}

}  // namespace

std::optional<ScaledPixels> PixelsAsTheyAre(const Picture& picture, const Rectangle& region,
                                            int rotation, const Preprocessing& preprocessing) {
  CheckPicture(picture, region, rotation);
  const Placement placement =
      Place({picture.height, picture.width}, region, rotation, preprocessing);
  // Every kind of sampling gives a picture of the same size as it is.
  if (rotation != 0 || placement.seen.size != preprocessing.size ||
      placement.content != preprocessing.size) {
    return std::nullopt;
  }
  const View& seen = placement.seen;
  return ScaledPixels{picture.pixels.data() + seen.origin * ptrdiff_t{kChannels},
                      seen.row_stride * ptrdiff_t{kChannels}, preprocessing.scale,
                      preprocessing.offset};
}

void Preprocess(const Picture& picture, const Rectangle& region, int rotation,
                const Preprocessing& preprocessing, std::span<float> input,
                const ParallelLoop& parallel) {
  CheckPicture(picture, region, rotation);
  const Placement placement =
      Place({picture.height, picture.width}, region, rotation, preprocessing);
  const Extent size = preprocessing.size;
  const size_t elements = ElementCount(Shape{size.height, size.width, kChannels});
  if (input.size() != elements) {
    throw Error(ErrorCode::kInvalidOption, "an input of " + std::to_string(size.width) + "x" +
                                               std::to_string(size.height) + " pixels holds " +
                                               std::to_string(elements) + " numbers, got " +
                                               std::to_string(input.size()));
  }
  Resample({picture, placement.seen, placement.content, preprocessing}, size.width, input,
           parallel);
  Pad(placement.content, preprocessing, input);
}

}  // namespace mobilenet

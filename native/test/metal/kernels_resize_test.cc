// resize_bilinear and resize_bilinear_slices against BilinearBlend.
#include <doctest/doctest.h>

#include "core/bilinear.h"
#include "graph_tester.h"
#include "kernels_tester.h"

namespace mobilenet::test {
namespace {

using mobilenet_kernels::ResizeParameters;

struct Flags {
  bool align_corners = false;
  bool half_pixel_centers = false;
};

void CheckResize(Random& random, ImageType type, const Shape& from, Extent to, const Flags& flags) {
  CAPTURE(ToString(from));
  CAPTURE(to.height);
  CAPTURE(to.width);
  Image source(type, from);
  source.Fill(random.Numbers(ElementCount(from), -8, 8));
  const auto row_taps =
      BilinearTaps(from.height, to.height, flags.align_corners, flags.half_pixel_centers);
  const auto column_taps =
      BilinearTaps(from.width, to.width, flags.align_corners, flags.half_pixel_centers);
  std::vector<mobilenet_kernels::Tap> rows = KernelTaps(row_taps);
  std::vector<mobilenet_kernels::Tap> columns = KernelTaps(column_taps);

  Image result(type, {to.height, to.width, from.channels});
  const ResizeParameters parameters{Unsigned(to.width), Unsigned(to.height), result.slices()};
  KernelCall(from.channels > 4 ? "resize_bilinear_slices" : "resize_bilinear")
      .Texture(source)
      .Texture(result)
      .Constant(parameters)
      .Buffer(rows)
      .Buffer(columns)
      .Run({parameters.width, parameters.height, parameters.slices},
           from.channels > 4 ? Threads{4, 4, 2} : Threads{8, 8, 1});

  std::vector<float> expected;
  for (const BilinearTap& row : row_taps) {
    for (const BilinearTap& column : column_taps) {
      for (int32_t c = 0; c < from.channels; ++c) {
        expected.push_back(Stored(
            type, BilinearBlend(source.At(row.lower, column.lower, c),
                                source.At(row.lower, column.upper, c),
                                source.At(row.upper, column.lower, c),
                                source.At(row.upper, column.upper, c), column.lerp, row.lerp)));
      }
    }
  }
  CHECK(Differences(expected, result.Values()) == 0);
}

constexpr std::array<Flags, 3> kAllFlags{Flags{false, false}, Flags{true, false},
                                         Flags{false, true}};

TEST_CASE("images are resized as TensorFlow does it, whatever their channels") {
  Random random(31);
  for (const int32_t channels : {1, 2, 3, 4, 5, 6, 7, 8, 9, 24, 91}) {
    for (const Flags& flags : kAllFlags) {
      for (const ImageType type : {ImageType::kFloat32, ImageType::kFloat16}) {
        CheckResize(random, type, {random.Integer(1, 9), random.Integer(1, 9), channels},
                    {random.Integer(1, 20), random.Integer(1, 20)}, flags);
      }
    }
  }
}

TEST_CASE("images are resized to the sizes of DeepLab") {
  Random random(32);
  for (const Flags& flags : kAllFlags) {
    CheckResize(random, ImageType::kFloat32, {33, 33, 5}, {129, 129}, flags);
    CheckResize(random, ImageType::kFloat16, {1, 1, 24}, {33, 33}, flags);
  }
  CheckResize(random, ImageType::kFloat16, {33, 33, 24}, {129, 129}, {true, false});
}

}  // namespace
}  // namespace mobilenet::test

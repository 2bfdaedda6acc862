#include "metal/gathered_picture.h"

#include <doctest/doctest.h>

#include <vector>

#include "core/sampling.h"
#include "graph_tester.h"

namespace mobilenet::metal::test {
namespace {

using mobilenet::test::Random;

struct Case {
  std::vector<uint8_t> pixels;
  Picture picture;
  Rectangle region;
  int rotation = 0;
  Preprocessing preprocessing;
};

Case RandomCase(Random& random, int32_t most) {
  Case made;
  made.picture.width = random.Integer(1, most);
  made.picture.height = random.Integer(1, most);
  made.pixels.resize(static_cast<size_t>(made.picture.width * made.picture.height * 3));
  for (uint8_t& byte : made.pixels) {
    byte = static_cast<uint8_t>(random.Integer(0, 255));
  }
  made.picture.pixels = made.pixels;
  Rectangle& region = made.region;
  region.x = random.Integer(0, made.picture.width - 1);
  region.y = random.Integer(0, made.picture.height - 1);
  region.width = random.Integer(1, made.picture.width - region.x);
  region.height = random.Integer(1, made.picture.height - region.y);
  made.rotation = random.Choice<int>({0, 90, 180, 270});
  Preprocessing& preprocessing = made.preprocessing;
  preprocessing.size = {random.Integer(1, 40), random.Integer(1, 40)};
  preprocessing.resize =
      random.Choice<ResizeMode>({ResizeMode::kCentralCrop, ResizeMode::kStretch, ResizeMode::kPad});
  preprocessing.central_fraction = 0.875;
  const int32_t flags = random.Integer(0, 2);
  preprocessing.align_corners = flags == 1;
  preprocessing.half_pixel_centers = flags == 2;
  preprocessing.pad_value = {10, 20, 30};
  preprocessing.scale = {0.5f, 0.25f, 2};
  preprocessing.offset = {-1, 0, 3};
  return made;
}

// Samples the gathered pixels, as the kernel does.
std::vector<float> Sample(const GatheredPicture& gathered, const Preprocessing& preprocessing) {
  std::vector<float> input;
  const auto pixel = [&](int32_t row, int32_t column, size_t channel) {
    return static_cast<float>(
        gathered.pixels[static_cast<size_t>(row * gathered.size.width + column) * 4 + channel]);
  };
  for (int32_t y = 0; y < preprocessing.size.height; ++y) {
    for (int32_t x = 0; x < preprocessing.size.width; ++x) {
      for (size_t c = 0; c < 3; ++c) {
        float value = preprocessing.pad_value[c];
        if (y < gathered.content.height && x < gathered.content.width) {
          const BilinearTap& row = gathered.rows[static_cast<size_t>(y)];
          const BilinearTap& column = gathered.columns[static_cast<size_t>(x)];
          value =
              BilinearBlend(pixel(row.lower, column.lower, c), pixel(row.lower, column.upper, c),
                            pixel(row.upper, column.lower, c), pixel(row.upper, column.upper, c),
                            column.lerp, row.lerp);
        }
        input.push_back(value * preprocessing.scale[c] + preprocessing.offset[c]);
      }
    }
  }
  return input;
}

TEST_CASE("gathered pixels give the same input as the whole picture, bit for bit") {
  Random random(11);
  GatheredPicture gathered;
  for (int round = 0; round < 400; ++round) {
    CAPTURE(round);
    const Case made = RandomCase(random, round % 10 == 0 ? 300 : 60);
    std::vector<float> expected(
        static_cast<size_t>(made.preprocessing.size.height * made.preprocessing.size.width * 3));
    Preprocess(made.picture, made.region, made.rotation, made.preprocessing, expected);
    gathered =
        Gather(made.picture, made.region, made.rotation, made.preprocessing, std::move(gathered));
    CHECK(Sample(gathered, made.preprocessing) == expected);
    CHECK(gathered.size.height <= 2 * made.preprocessing.size.height);
    CHECK(gathered.size.width <= 2 * made.preprocessing.size.width);
    CHECK(gathered.pixels.size() ==
          static_cast<size_t>(gathered.size.height * gathered.size.width * 4));
  }
}

}  // namespace
}  // namespace mobilenet::metal::test

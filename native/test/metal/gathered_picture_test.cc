#include "metal/gathered_picture.h"

#include <doctest/doctest.h>

#include <vector>

#include "core/sampling.h"
#include "graph_tester.h"
#include "sampling_tester.h"

namespace mobilenet::metal::test {
namespace {

using mobilenet::test::Random;
using mobilenet::test::RandomPixels;
using mobilenet::test::RandomPreprocessing;
using mobilenet::test::RandomRegion;

struct Case {
  std::vector<uint8_t> pixels;
  Picture picture;
  Rectangle region;
  int rotation = 0;
  Preprocessing preprocessing;
};

Case RandomCase(Random& random, int32_t most) {
  const Extent size{random.Integer(1, most), random.Integer(1, most)};
  Case made;
  made.pixels = RandomPixels(random, size);
  made.picture = {made.pixels, size.width, size.height};
  made.region = RandomRegion(random, size);
  made.rotation = random.Choice<int>({0, 90, 180, 270});
  made.preprocessing = RandomPreprocessing(random, 40);
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

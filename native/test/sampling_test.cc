#include "core/sampling.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/error.h"
#include "graph_tester.h"
#include "sampling_tester.h"

namespace mobilenet::test {
namespace {

// An upright picture in memory of its own.
struct Pixels {
  int32_t width = 0;
  int32_t height = 0;
  std::vector<uint8_t> data;

  uint8_t At(int32_t x, int32_t y, int32_t c) const {
    return data[static_cast<size_t>((y * width + x) * 3 + c)];
  }
  Picture View() const { return {data, width, height}; }
  Rectangle Whole() const { return {0, 0, width, height}; }
};

Pixels RandomPicture(Random& random, int32_t width, int32_t height) {
  return {width, height, RandomPixels(random, {height, width})};
}

// The straightforward way, step by step with a picture in between: cut, turn by quarters, crop,
// resize. Shares no code with the library.
Pixels Cut(const Pixels& from, const Rectangle& region) {
  Pixels cut{region.width, region.height, {}};
  for (int32_t y = 0; y < region.height; ++y) {
    for (int32_t x = 0; x < region.width; ++x) {
      for (int32_t c = 0; c < 3; ++c) {
        cut.data.push_back(from.At(region.x + x, region.y + y, c));
      }
    }
  }
  return cut;
}

// A quarter turn clockwise: what was the left column, read upwards, becomes the top row.
Pixels QuarterTurn(const Pixels& from) {
  Pixels turned{from.height, from.width, {}};
  for (int32_t y = 0; y < turned.height; ++y) {
    for (int32_t x = 0; x < turned.width; ++x) {
      for (int32_t c = 0; c < 3; ++c) {
        turned.data.push_back(from.At(y, from.height - 1 - x, c));
      }
    }
  }
  return turned;
}

float SourceCoordinate(int32_t out, int32_t in_size, int32_t out_size, const Preprocessing& p) {
  if (p.align_corners && out_size > 1) {
    return static_cast<float>(out) *
           (static_cast<float>(in_size - 1) / static_cast<float>(out_size - 1));
  }
  const float scale = static_cast<float>(in_size) / static_cast<float>(out_size);
  return p.half_pixel_centers ? (static_cast<float>(out) + 0.5f) * scale - 0.5f
                              : static_cast<float>(out) * scale;
}

// One sample in double from float32 coordinates, for a comparison within rounding.
double Sample(const Pixels& from, float y, float x, int32_t c) {
  const auto clamped = [](double n, int32_t size) {
    return static_cast<int32_t>(std::min(std::max(n, 0.0), static_cast<double>(size - 1)));
  };
  const double top = std::floor(static_cast<double>(y));
  const double left = std::floor(static_cast<double>(x));
  double sum = 0;
  for (const int32_t dy : {0, 1}) {
    for (const int32_t dx : {0, 1}) {
      const double weight = (1 - std::fabs(y - (top + dy))) * (1 - std::fabs(x - (left + dx)));
      sum += weight * from.At(clamped(left + dx, from.width), clamped(top + dy, from.height), c);
    }
  }
  return sum;
}

std::vector<double> Straightforward(const Pixels& picture, const Rectangle& region, int rotation,
                                    const Preprocessing& p) {
  Pixels view = Cut(picture, region);
  for (int turned = 0; turned < rotation; turned += 90) {
    view = QuarterTurn(view);
  }
  int32_t content_width = p.size.width;
  int32_t content_height = p.size.height;
  if (p.resize == ResizeMode::kCentralCrop) {
    const auto cut = [&](int32_t size) {
      return static_cast<int32_t>((size - size * p.central_fraction) / 2);
    };
    const int32_t x = cut(view.width);
    const int32_t y = cut(view.height);
    view = Cut(view, {x, y, view.width - 2 * x, view.height - 2 * y});
  } else if (p.resize == ResizeMode::kPad) {
    const double ratio = std::min(static_cast<double>(p.size.width) / view.width,
                                  static_cast<double>(p.size.height) / view.height);
    content_width = std::max(1, static_cast<int32_t>(std::floor(view.width * ratio + 0.5)));
    content_height = std::max(1, static_cast<int32_t>(std::floor(view.height * ratio + 0.5)));
  }
  std::vector<double> input;
  for (int32_t y = 0; y < p.size.height; ++y) {
    for (int32_t x = 0; x < p.size.width; ++x) {
      for (size_t c = 0; c < 3; ++c) {
        const double pixel =
            y < content_height && x < content_width
                ? Sample(view, SourceCoordinate(y, view.height, content_height, p),
                         SourceCoordinate(x, view.width, content_width, p), static_cast<int32_t>(c))
                : p.pad_value[c];
        input.push_back(pixel * p.scale[c] + p.offset[c]);
      }
    }
  }
  return input;
}

std::vector<float> Sampled(const Pixels& pixels, const Preprocessing& preprocessing,
                           int rotation = 0) {
  std::vector<float> input(static_cast<size_t>(preprocessing.size.height) *
                           static_cast<size_t>(preprocessing.size.width) * 3);
  Preprocess(pixels.View(), pixels.Whole(), rotation, preprocessing, input);
  return input;
}

// Channel 0 only, of a grey picture.
std::vector<float> Grey(std::vector<uint8_t> values, int32_t width, const Preprocessing& p,
                        int rotation = 0) {
  Pixels pixels{width, static_cast<int32_t>(values.size()) / width, {}};
  for (const uint8_t value : values) {
    pixels.data.insert(pixels.data.end(), 3, value);
  }
  const std::vector<float> input = Sampled(pixels, p, rotation);
  std::vector<float> grey;
  for (size_t i = 0; i < input.size(); i += 3) {
    grey.push_back(input[i]);
  }
  return grey;
}

// As threads might: bands of rows depend on none before them.
void FromLastToFirst(size_t items, const std::function<void(size_t)>& body) {
  while (items > 0) {
    body(--items);
  }
}

TEST_CASE("every mode, region and rotation against a straightforward implementation") {
  Random random(11);
  for (int round = 0; round < 600; ++round) {
    CAPTURE(round);
    const int32_t most_side = round % 10 == 0 ? 200 : 30;  // the larger are sampled in bands
    const Pixels pixels =
        RandomPicture(random, random.Integer(1, most_side), random.Integer(1, most_side));
    const Rectangle region = RandomRegion(random, {pixels.height, pixels.width});
    Preprocessing p = RandomPreprocessing(random, most_side);
    const int rotation = random.Choice<int>({0, 90, 180, 270});
    CAPTURE(rotation);
    if (round % 7 == 0) {
      p.size = {region.height, region.width};  // pixels are copied
    }

    std::vector<float> input(static_cast<size_t>(p.size.height * p.size.width) * 3, -99.0f);
    Preprocess(pixels.View(), region, rotation, p, input, FromLastToFirst);
    const std::vector<double> expected = Straightforward(pixels, region, rotation, p);
    REQUIRE(input.size() == expected.size());
    double difference = 0;
    for (size_t i = 0; i < input.size(); ++i) {
      difference = std::max(difference, std::fabs(expected[i] - input[i]));
    }
    CHECK(difference < 1e-4);
  }
}

TEST_CASE("hand-computed samples") {
  Preprocessing p;
  p.size = {1, 4};
  const std::vector<uint8_t> ramp{0, 100};
  CHECK(Grey(ramp, 2, p) == std::vector<float>{0, 50, 100, 100});  // legacy: 0, .5, 1, 1.5
  p.half_pixel_centers = true;
  CHECK(Grey(ramp, 2, p) == std::vector<float>{0, 25, 75, 100});  // -.25, .25, .75, 1.25
  p.half_pixel_centers = false;
  p.align_corners = true;
  p.size = {1, 5};
  CHECK(Grey(ramp, 2, p) == std::vector<float>{0, 25, 50, 75, 100});
  p.size = {1, 1};
  CHECK(Grey(ramp, 2, p) == std::vector<float>{0});  // TensorFlow's scale for one output: in / out
}

TEST_CASE("quarter turns are clockwise") {
  Preprocessing p;
  p.size = {2, 2};
  const std::vector<uint8_t> values{1, 2, 3, 4};
  CHECK(Grey(values, 2, p, 0) == std::vector<float>{1, 2, 3, 4});
  CHECK(Grey(values, 2, p, 90) == std::vector<float>{3, 1, 4, 2});
  CHECK(Grey(values, 2, p, 180) == std::vector<float>{4, 3, 2, 1});
  CHECK(Grey(values, 2, p, 270) == std::vector<float>{2, 4, 1, 3});
}

TEST_CASE("the central crop cuts the same count from both sides") {
  Preprocessing p;
  p.resize = ResizeMode::kCentralCrop;
  p.central_fraction = 0.5;
  p.size = {1, 3};  // (5 - 2.5) / 2 = 1.25: one pixel from each side
  CHECK(Grey({10, 20, 30, 40, 50}, 5, p) == std::vector<float>{20, 30, 40});
  p.central_fraction = 1e-17;
  p.size = {1, 1};  // never nothing
  CHECK(Grey({10, 20, 30}, 3, p) == std::vector<float>{20});
  CHECK(Grey({10}, 1, p) == std::vector<float>{10});
  p.size = {1, 2};
  CHECK(Grey({10, 20, 30, 40}, 4, p) == std::vector<float>{20, 30});
}

TEST_CASE("content sizes of padded pictures") {
  Preprocessing p;
  p.resize = ResizeMode::kPad;
  p.size = {513, 513};
  CHECK(ContentSize({600, 400}, p) == Extent{513, 342});
  CHECK(ContentSize({400, 600}, p) == Extent{342, 513});
  CHECK(ContentSize({7, 7}, p) == Extent{513, 513});
  CHECK(ContentSize({1, 1}, p) == Extent{513, 513});
  CHECK(ContentSize({1, 100000}, p) == Extent{1, 513});
  constexpr int32_t kMost = std::numeric_limits<int32_t>::max();
  CHECK(ContentSize({kMost, kMost}, p) == Extent{513, 513});
  CHECK(ContentSize({1, kMost}, p) == Extent{1, 513});
  p.size = {100, 200};
  CHECK(ContentSize({100, 100}, p) == Extent{100, 100});
  CHECK(ContentSize({50, 200}, p) == Extent{50, 200});
  CHECK_THROWS_AS(ContentSize({0, 5}, p), Error);
  p.resize = ResizeMode::kStretch;
  CHECK(ContentSize({50, 200}, p) == Extent{100, 200});
}

TEST_CASE("one-pixel pictures in every mode") {
  for (const ResizeMode mode : {ResizeMode::kCentralCrop, ResizeMode::kStretch, ResizeMode::kPad}) {
    Preprocessing p;
    p.resize = mode;
    p.central_fraction = 0.875;
    p.size = {3, 3};
    CHECK(Grey({77}, 1, p, 90) == std::vector<float>(9, 77.0f));
  }
}

TEST_CASE("sizes that do not fit one another") {
  const Pixels pixels{4, 3, std::vector<uint8_t>(36)};
  Preprocessing p;
  p.size = {2, 2};
  std::vector<float> input(12);
  const auto fails = [&](const Picture& picture, const Rectangle& region, int rotation = 0) {
    try {
      Preprocess(picture, region, rotation, p, input);
    } catch (const Error& error) {
      return error.code() == ErrorCode::kInvalidOption;
    }
    return false;
  };
  constexpr int32_t kMost = std::numeric_limits<int32_t>::max();
  const Picture good = pixels.View();
  CHECK_FALSE(fails(good, {1, 1, 3, 2}));
  CHECK(fails(good, {1, 1, 4, 2}));
  CHECK(fails(good, {1, 1, 3, 3}));
  CHECK(fails(good, {-1, 0, 2, 2}));
  CHECK(fails(good, {0, 0, 0, 2}));
  CHECK(fails(good, {kMost, 0, kMost, 2}));
  CHECK(fails(good, pixels.Whole(), 45));
  CHECK(fails(good, pixels.Whole(), -90));
  CHECK(fails({good.pixels.first(35), 4, 3}, pixels.Whole()));
  CHECK(fails({good.pixels, kMost, kMost}, pixels.Whole()));
  CHECK(fails({{}, 0, 0}, {0, 0, 0, 0}));
  input.resize(11);
  CHECK(fails(good, pixels.Whole()));
  input.resize(12);
  p.align_corners = p.half_pixel_centers = true;
  CHECK(fails(good, pixels.Whole()));
  p.align_corners = p.half_pixel_centers = false;
  p.resize = ResizeMode::kCentralCrop;
  for (const double fraction : {0.0, -0.5, 1.5, std::nan("")}) {
    p.central_fraction = fraction;
    CHECK(fails(good, pixels.Whole()));
  }
}

}  // namespace
}  // namespace mobilenet::test

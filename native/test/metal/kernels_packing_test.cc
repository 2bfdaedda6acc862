// pack_channels, unpack_channels and their likes for slices.
#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "graph_tester.h"
#include "kernels_tester.h"

namespace mobilenet::test {
namespace {

using mobilenet_kernels::PackingParameters;

constexpr float kUntouched = 1234.5f;

std::string NameFor(const std::string& verb, const Image& image) {
  return verb + (image.shape().channels > 4 ? "_channel_slices" : "_channels");
}

// Between the image and `values`, pixels of `stride` floats of which the image has those from
// `first` on.
void Run(const std::string& verb, Image& image, std::vector<float>& values, int32_t stride,
         int32_t first) {
  const Shape& shape = image.shape();
  const PackingParameters parameters{Unsigned(shape.width), Unsigned(shape.height),
                                     Unsigned(shape.channels), Unsigned(stride), Unsigned(first)};
  KernelCall(NameFor(verb, image))
      .Texture(image)
      .Buffer(values)
      .Constant(parameters)
      .Run({parameters.width, parameters.height, image.slices()},
           shape.channels > 4 ? Threads{4, 2, 3} : Threads{8, 4, 1});
}

TEST_CASE("an image goes to a buffer and back, beside others") {
  Random random(41);
  for (const ImageType type : {ImageType::kFloat32, ImageType::kFloat16}) {
    for (const int32_t channels : {1, 2, 3, 4, 5, 6, 7, 8, 9, 21, 91, 273}) {
      const Shape shape{random.Integer(1, 7), random.Integer(1, 7), channels};
      const int32_t first = random.Choice<int32_t>({0, 1, 6});
      const int32_t stride = first + channels + random.Choice<int32_t>({0, 3});
      CAPTURE(ToString(shape));
      CAPTURE(first);
      CAPTURE(stride);
      Image image(type, shape);  // not a number beyond the channels
      image.Fill(random.Numbers(ElementCount(shape), -8, 8));
      std::vector<float> values(
          static_cast<size_t>(shape.height * shape.width) * static_cast<size_t>(stride),
          kUntouched);
      Run("pack", image, values, stride, first);
      std::vector<float> expected;
      for (int32_t y = 0; y < shape.height; ++y) {
        for (int32_t x = 0; x < shape.width; ++x) {
          for (int32_t i = 0; i < stride; ++i) {
            const int32_t channel = i - first;
            expected.push_back(channel >= 0 && channel < channels ? image.At(y, x, channel)
                                                                  : kUntouched);
          }
        }
      }
      CHECK(Differences(expected, values) == 0);

      Image copy(type, shape);
      Run("unpack", copy, values, stride, first);
      CHECK(Differences(image.Values(), copy.Values()) == 0);
      for (int32_t channel = channels; channels > 2 && channel % 4 != 0; ++channel) {
        CHECK(copy.At(0, 0, channel) == 0);
        CHECK(copy.At(shape.height - 1, shape.width - 1, channel) == 0);
      }
    }
  }
}

TEST_CASE("images are concatenated in a buffer") {
  Random random(42);
  const std::vector<int32_t> channels{3, 9, 1, 21};
  constexpr int32_t kStride = 34;
  std::vector<float> values(6 * kStride, kUntouched);
  std::vector<float> expected(values.size());
  int32_t first = 0;
  for (const int32_t count : channels) {
    const Shape shape{2, 3, count};
    Image image(ImageType::kFloat16, shape);
    image.Fill(random.Numbers(ElementCount(shape), -8, 8));
    Run("pack", image, values, kStride, first);
    for (int32_t pixel = 0; pixel < 6; ++pixel) {
      for (int32_t c = 0; c < count; ++c) {
        expected[static_cast<size_t>(pixel * kStride + first + c)] =
            image.At(pixel / 3, pixel % 3, c);
      }
    }
    first += count;
  }
  CHECK(Differences(expected, values) == 0);

  const Shape whole{2, 3, kStride};
  Image image(ImageType::kFloat16, whole);
  Run("unpack", image, values, kStride, 0);
  CHECK(Differences(expected, image.Values()) == 0);
}

}  // namespace
}  // namespace mobilenet::test

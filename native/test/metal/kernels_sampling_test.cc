// sample_picture against core/sampling.
#include <doctest/doctest.h>

#include "core/sampling.h"
#include "graph_tester.h"
#include "kernels_tester.h"
#include "sampling_tester.h"

namespace mobilenet::test {
namespace {

using mobilenet_kernels::SamplingParameters;

// The picture's seen part, upright, as RGBA8 with an alpha that must not matter.
std::vector<uint8_t> Gather(const Picture& picture, const View& seen) {
  std::vector<uint8_t> pixels;
  for (int32_t y = 0; y < seen.size.height; ++y) {
    for (int32_t x = 0; x < seen.size.width; ++x) {
      const ptrdiff_t number = seen.origin + y * seen.row_stride + x * seen.column_stride;
      const uint8_t* const pixel = picture.pixels.data() + number * 3;
      pixels.insert(pixels.end(), {pixel[0], pixel[1], pixel[2], 201});
    }
  }
  return pixels;
}

SamplingParameters ParametersOf(const Placement& placement, const Preprocessing& preprocessing) {
  SamplingParameters parameters{};
  parameters.width = Unsigned(preprocessing.size.width);
  parameters.height = Unsigned(preprocessing.size.height);
  parameters.content_width = Unsigned(placement.content.width);
  parameters.content_height = Unsigned(placement.content.height);
  for (size_t c = 0; c < 3; ++c) {
    parameters.scale[c] = preprocessing.scale[c];
    parameters.offset[c] = preprocessing.offset[c];
    parameters.padding[c] =
        preprocessing.pad_value[c] * preprocessing.scale[c] + preprocessing.offset[c];
  }
  return parameters;
}

// Fills the network's input by the kernel.
void Sample(const Picture& picture, const Placement& placement, const Preprocessing& preprocessing,
            Image& input) {
  const Extent seen = placement.seen.size;
  std::vector<uint8_t> pixels = Gather(picture, placement.seen);
  const auto taps = [&](int32_t in_size, int32_t out_size) {
    return KernelTaps(BilinearTaps(in_size, out_size, preprocessing.align_corners,
                                   preprocessing.half_pixel_centers));
  };
  std::vector<mobilenet_kernels::Tap> rows = taps(seen.height, placement.content.height);
  std::vector<mobilenet_kernels::Tap> columns = taps(seen.width, placement.content.width);
  const auto parameters = ParametersOf(placement, preprocessing);
  constexpr uint32_t kRgba8Uint = 73;
  KernelCall("sample_picture")
      .Texture({reinterpret_cast<std::byte*>(pixels.data()), Unsigned(seen.width),
                Unsigned(seen.height), 1, kRgba8Uint, false})
      .Texture(input)
      .Constant(parameters)
      .Buffer(rows)
      .Buffer(columns)
      .Run({parameters.width, parameters.height, 1});
}

// The kernel gives the very numbers that Preprocess does; half images the nearest halves.
void CheckSampling(const Picture& picture, const Rectangle& region, int rotation,
                   const Preprocessing& preprocessing) {
  const Extent size = preprocessing.size;
  const Placement placement =
      Place({picture.height, picture.width}, region, rotation, preprocessing);
  std::vector<float> expected(static_cast<size_t>(size.height * size.width) * 3);
  Preprocess(picture, region, rotation, preprocessing, expected);
  for (const ImageType type : {ImageType::kFloat32, ImageType::kFloat16}) {
    Image input(type, {size.height, size.width, 3});
    Sample(picture, placement, preprocessing, input);
    std::vector<float> stored;
    for (const float value : expected) {
      stored.push_back(Stored(type, value));
    }
    CHECK(Differences(stored, input.Values()) == 0);
    // What lies beyond the channels must be finite.
    CHECK(input.At(size.height - 1, size.width - 1, 3) == 0);
    CHECK(input.At(0, 0, 3) == 0);
  }
}

TEST_CASE("sample_picture gives the numbers of Preprocess") {
  Random random(21);
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    const Extent size{random.Integer(1, 40), random.Integer(1, 40)};
    const std::vector<uint8_t> pixels = RandomPixels(random, size);
    const Rectangle region = RandomRegion(random, size);
    const Preprocessing p = RandomPreprocessing(random, 30);
    CheckSampling({pixels, size.width, size.height}, region, random.Choice<int>({0, 90, 180, 270}),
                  p);
  }
}

TEST_CASE("sample_picture at the sizes of networks") {
  Random random(22);
  const Extent size{233, 310};
  const std::vector<uint8_t> pixels = RandomPixels(random, size);
  Preprocessing p;
  p.scale = {2 / 255.0f, 2 / 255.0f, 2 / 255.0f};
  p.offset = {-1, -1, -1};
  p.pad_value = {127.5f, 127.5f, 127.5f};
  for (const auto& [resize, side] : std::vector<std::pair<ResizeMode, int32_t>>{
           {ResizeMode::kCentralCrop, 224}, {ResizeMode::kStretch, 300}, {ResizeMode::kPad, 257}}) {
    p.resize = resize;
    p.central_fraction = 0.875;
    p.size = {side, side};
    p.align_corners = resize == ResizeMode::kPad;
    CheckSampling({pixels, size.width, size.height}, {0, 0, size.width, size.height}, 0, p);
  }
}

}  // namespace
}  // namespace mobilenet::test

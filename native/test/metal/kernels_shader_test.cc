// What the shaders' shim promises: texels of every format, and mistakes that it finds.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "kernels_tester.h"
#include "shader/texel.h"

namespace mobilenet::test {
namespace {

using apple_double::FindShaderFunction;
using apple_double::ReadTexel;
using apple_double::ShaderFunction;
using apple_double::TextureView;
using apple_double::WriteTexel;
using mobilenet_kernels::PackingParameters;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

using Texel = std::array<float, 4>;

// Writes the texel and reads it back.
Texel ThereAndBack(uint32_t pixel_format, const Texel& texel) {
  std::array<float, 4> memory{};
  const TextureView view{reinterpret_cast<std::byte*>(memory.data()), 1, 1, 1, pixel_format, false};
  WriteTexel<float>(view, {}, texel);
  return ReadTexel<float>(view, {});
}

float AsHalf(float value) { return ThereAndBack(25, {value, 0, 0, 0})[0]; }

TEST_CASE("components that a format lacks are 0, a missing alpha is 1") {
  const Texel texel{0.5f, 0.25f, 2, 3};
  for (const uint32_t one : {25U, 55U}) {
    CHECK(ThereAndBack(one, texel) == Texel{0.5f, 0, 0, 1});
  }
  for (const uint32_t two : {65U, 105U}) {
    CHECK(ThereAndBack(two, texel) == Texel{0.5f, 0.25f, 0, 1});
  }
  for (const uint32_t four : {115U, 125U}) {
    CHECK(ThereAndBack(four, texel) == texel);
  }
}

TEST_CASE("halves are rounded to the nearest, ties to even") {
  for (const auto& [value, half] : std::vector<std::pair<float, float>>{
           {2049, 2048},
           {2051, 2052},
           {2049.001f, 2050},
           {-2049, -2048},
           {65504, 65504},
           {65519.99f, 65504},
           {65520, kInfinity},
           {-1e9f, -kInfinity},
           {0x1p-24f, 0x1p-24f},
           {0x1p-25f, 0},
           {0x1.8p-24f, 0x1p-23f},
           {0x1.000002p-25f, 0x1p-24f},
       }) {
    CHECK(AsHalf(value) == half);
    CHECK(Stored(ImageType::kFloat16, value) == half);
  }
  CHECK(std::isnan(AsHalf(std::nanf(""))));
}

TEST_CASE("bytes") {
  CHECK(ThereAndBack(70, {0, 1, 0.5f, 2}) == Texel{0, 1, 128 / 255.0f, 1});
  CHECK(ThereAndBack(70, {-1, std::nanf(""), 1 / 255.0f, 0.4f / 255}) ==
        Texel{0, 0, 1 / 255.0f, 0});
  std::array<uint8_t, 8> memory{1, 2, 3, 4, 5, 6, 7, 8};
  const TextureView view{reinterpret_cast<std::byte*>(memory.data()), 2, 1, 1, 73, false};
  CHECK(ReadTexel<uint32_t>(view, {1, 0, 0}) == std::array<uint32_t, 4>{5, 6, 7, 8});
  WriteTexel<uint32_t>(view, {0, 0, 0}, {9, 255, 256, 0});
  CHECK(memory == std::array<uint8_t, 8>{9, 255, 255, 0, 5, 6, 7, 8});
}

TEST_CASE("texels outside, and formats of another type, are mistakes") {
  std::vector<float> memory(24);
  const TextureView view{reinterpret_cast<std::byte*>(memory.data()), 3, 2, 1, 125, false};
  CHECK_NOTHROW(ReadTexel<float>(view, {2, 1, 0}));
  CHECK_THROWS_AS(ReadTexel<float>(view, {3, 1, 0}), std::logic_error);
  CHECK_THROWS_AS(ReadTexel<float>(view, {2, 2, 0}), std::logic_error);
  CHECK_THROWS_AS(ReadTexel<float>(view, {2, 1, 1}), std::logic_error);
  CHECK_THROWS_AS(WriteTexel<float>(view, {3, 0, 0}, {}), std::logic_error);
  CHECK_THROWS_AS(ReadTexel<uint32_t>(view, {}), std::logic_error);
  TextureView other = view;
  other.pixel_format = 73;
  CHECK_THROWS_AS(ReadTexel<float>(other, {}), std::logic_error);
  other.pixel_format = 80;  // MTLPixelFormatBGRA8Unorm
  CHECK_THROWS_AS(ReadTexel<float>(other, {}), std::logic_error);
}

TEST_CASE("functions are found by name and describe their arguments") {
  CHECK(FindShaderFunction("no_such_kernel") == nullptr);
  const ShaderFunction* const resize = FindShaderFunction("resize_bilinear");
  REQUIRE(resize != nullptr);
  CHECK(resize->name == "resize_bilinear");
  CHECK(resize->texture_count == 2);
  CHECK(resize->buffer_count == 3);
  CHECK_FALSE(resize->writes_texture[0]);
  CHECK(resize->writes_texture[1]);
}

TEST_CASE("arguments that are missing, too short, misaligned or of another type are mistakes") {
  Image image(ImageType::kFloat32, {1, 1, 4});
  image.Fill(std::vector<float>{1, 2, 3, 4});
  Image array(ImageType::kFloat32, {1, 1, 5});
  std::vector<float> values(4);
  const PackingParameters parameters{1, 1, 4, 4, 0};
  const Threads one{1, 1, 1};
  CHECK_NOTHROW(
      KernelCall("pack_channels").Texture(image).Buffer(values).Constant(parameters).Run(one));
  CHECK(values == std::vector<float>{1, 2, 3, 4});
  const auto fails = [&](KernelCall&& call) { CHECK_THROWS_AS(call.Run(one), std::logic_error); };
  fails(std::move(KernelCall("pack_channels").Buffer(values).Constant(parameters)));
  fails(std::move(KernelCall("pack_channels").Texture(image).Buffer(values)));
  fails(std::move(KernelCall("pack_channels").Texture(array).Buffer(values).Constant(parameters)));
  fails(std::move(
      KernelCall("pack_channel_slices").Texture(image).Buffer(values).Constant(parameters)));
  fails(std::move(KernelCall("pack_channels").Texture(image).Buffer(values).Constant(uint32_t{1})));
  const auto bytes = std::as_writable_bytes(std::span(values));
  fails(std::move(
      KernelCall("pack_channels").Texture(image).Bytes(bytes.subspan(1)).Constant(parameters)));
  fails(std::move(KernelCall("pack_channels")
                      .Texture(image)
                      .Buffer(values)
                      .Constant(parameters)
                      .Constant(parameters)));
}

}  // namespace
}  // namespace mobilenet::test

#include "metal/packed_weights.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "core/error.h"
#include "core/tensor.h"
#include "graph_tester.h"

namespace mobilenet::metal::test {
namespace {

using mobilenet::test::GraphTester;

TEST_CASE("float32 becomes float16 to the nearest even") {
  for (uint32_t half = 0; half < 0x10000; ++half) {
    const float value = HalfToFloat(static_cast<uint16_t>(half));
    if (std::isnan(value)) {
      CHECK(std::isnan(HalfToFloat(FloatToHalf(value))));
    } else {
      CHECK(FloatToHalf(value) == half);
    }
  }
  // Around every half, and between it and the next: the compiler's own conversion judges.
  for (uint32_t bits = 0; bits < 0x7f800000; bits += 0x3ff) {
    for (const uint32_t sign : {0u, 0x80000000u}) {
      const float value = std::bit_cast<float>(bits | sign);
      const auto expected = std::bit_cast<uint16_t>(static_cast<_Float16>(value));
      if (FloatToHalf(value) != expected) {
        CAPTURE(value);
        REQUIRE(FloatToHalf(value) == expected);
      }
    }
  }
  CHECK(FloatToHalf(65519.0f) == 0x7bff);
  CHECK(FloatToHalf(65520.0f) == 0x7c00);
  CHECK(FloatToHalf(-INFINITY) == 0xfc00);
}

TEST_CASE("weights are packed as MPS takes them") {
  // Every weight tells where it belongs: row, column, input channel, output channel.
  std::vector<float> values;
  for (int tap = 0; tap < 6; ++tap) {
    for (int in = 0; in < 3; ++in) {
      for (int out = 0; out < 5; ++out) {
        values.push_back(static_cast<float>(tap * 100 + in * 10 + out));
      }
    }
  }
  GraphTester tester({8, 8, 3});
  tester.Conv2d(5, {.kernel = {2, 3}});
  tester.SetTensor("operation1/weights", {2, 3, 3, 5}, values);
  const Program program = tester.Compile();
  const PackedWeights packed = PackWeights(program.steps[0], 5, MetalPrecision::kFloat32);
  REQUIRE(packed.floats.size() == values.size());
  CHECK(packed.halves.empty());
  CHECK(packed.bias == program.steps[0].bias);
  size_t i = 0;
  for (int out = 0; out < 5; ++out) {
    for (int tap = 0; tap < 6; ++tap) {
      for (int in = 0; in < 3; ++in) {
        CHECK(packed.floats[i++] == static_cast<float>(tap * 100 + in * 10 + out));
      }
    }
  }
}

TEST_CASE("depthwise weights are packed channel by channel") {
  GraphTester tester({8, 8, 2});
  tester.DepthwiseConv2d({.kernel = {1, 3}}, Activation::kNone, false);
  tester.SetTensor("operation1/weights", {1, 3, 2, 1}, std::vector<float>{1, 10, 2, 20, 3, 30});
  const PackedWeights packed = PackWeights(tester.Compile().steps[0], 2, MetalPrecision::kFloat16);
  std::vector<float> weights;
  for (const uint16_t half : packed.halves) {
    weights.push_back(HalfToFloat(half));
  }
  CHECK(weights == std::vector<float>{1, 2, 3, 10, 20, 30});
  CHECK(packed.bias.empty());
  CHECK(packed.bytes() == 12);
}

TEST_CASE("a bias alone becomes a depthwise convolution by 1") {
  GraphTester tester({8, 8, 3});
  tester.BiasAdd();
  const Program program = tester.Compile();
  const PackedWeights packed = PackWeights(program.steps[0], 3, MetalPrecision::kFloat32);
  CHECK(packed.floats == std::vector<float>{1, 1, 1});
  CHECK(packed.bias == program.steps[0].bias);
}

TEST_CASE("weights beyond float16 are refused, unless float32 is asked for") {
  GraphTester tester({4, 4, 1});
  tester.Conv2d(1, {}, Activation::kNone, false);
  tester.SetTensor("operation1/weights", {1, 1, 1, 1}, std::vector<float>{70000.0f});
  const Program program = tester.Compile();
  CHECK_THROWS_WITH_AS(PackWeights(program.steps[0], 1, MetalPrecision::kFloat16),
                       doctest::Contains("ask for precision float32"), Error);
  CHECK(PackWeights(program.steps[0], 1, MetalPrecision::kFloat32).floats[0] == 70000.0f);
}

}  // namespace
}  // namespace mobilenet::metal::test

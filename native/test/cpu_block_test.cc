// Steps that the CPU executor runs as one: all ways of filling, windows, map sizes and channels.

#include <doctest/doctest.h>

#include <vector>

#include "conformance.h"
#include "cpu/cpu_executor.h"
#include "cpu_variants.h"
#include "graph_tester.h"

namespace mobilenet::test {
namespace {

constexpr double kTolerance = 1e-4;

const std::vector<int32_t> kChannels{1, 3, 8, 16, 21, 24, 33, 50};
const std::vector<Activation> kActivations{Activation::kNone, Activation::kRelu,
                                           Activation::kRelu6};

Window DepthwiseWindow(Random& random) {
  if (random.Chance()) {
    const int32_t stride = random.Integer(1, 2);
    return {.kernel = {3, 3}, .stride = {stride, stride}};
  }
  const auto extent = [&](const std::vector<int32_t>& sizes) {
    return Extent{random.Choice(sizes), random.Choice(sizes)};
  };
  Window window{.kernel = extent({1, 2, 3, 5, 7, 8}), .stride = extent({1, 2, 3})};
  window.dilation = extent({1, 2, 4});
  return window;
}

// Something that makes the depthwise convolution's input, or nothing.
void Fill(GraphTester& tester, Random& random) {
  const int32_t channels = random.Choice(kChannels);
  switch (random.Integer(0, 3)) {
    case 0:
      break;
    case 1:
      tester.Conv2d(channels,
                    RandomWindow(random, {tester.shape().height, tester.shape().width}, 3, false),
                    random.Choice(kActivations), random.Chance());
      break;
    default:
      tester.Conv2d(channels, {}, random.Choice(kActivations), random.Chance());
  }
}

GraphTester RandomBlock(Random& random, const Shape& input, uint32_t seed) {
  GraphTester tester(input, seed);
  Fill(tester, random);
  tester.DepthwiseConv2d(DepthwiseWindow(random), random.Choice(kActivations), random.Chance());
  const bool residual = tester.shape().height == input.height &&
                        tester.shape().width == input.width && random.Chance(0.7);
  const int32_t outputs = residual ? input.channels : random.Choice(kChannels);
  tester.Conv2d(outputs, {}, random.Chance() ? Activation::kNone : random.Choice(kActivations),
                random.Chance());
  if (residual) {
    tester.Add("input", random.Choice(kActivations));
  }
  return tester;
}

TEST_CASE("blocks agree on small maps") {
  Random random(11);
  for (uint32_t round = 0; round < 60; round++) {
    CAPTURE(round);
    const Shape input{random.Integer(1, 25), random.Integer(1, 25), random.Choice(kChannels)};
    CheckAgainstReference(RandomBlock(random, input, round), EveryCpuVariant(), kTolerance);
  }
}

// Large enough that the map in between is made row by row.
TEST_CASE("blocks agree on large maps") {
  Random random(12);
  for (uint32_t round = 0; round < 4; round++) {
    CAPTURE(round);
    const Shape input{random.Integer(190, 260), random.Integer(190, 260), 3};
    CheckAgainstReference(RandomBlock(random, input, round), EveryCpuVariant(), kTolerance);
  }
}

TEST_CASE("a value that is wanted for itself is computed inside a block too") {
  for (int wanted = 0; wanted < 4; wanted++) {
    CAPTURE(wanted);
    GraphTester tester({15, 14, 8});
    std::vector<std::string> values;
    values.push_back(tester.Conv2d(48, {}, Activation::kRelu6).value());
    values.push_back(tester.DepthwiseConv2d({.kernel = {3, 3}}, Activation::kRelu6).value());
    values.push_back(tester.Conv2d(8, {}).value());
    values.push_back(tester.Add("input").value());
    tester.Output("end").From(values[static_cast<size_t>(wanted)]).Output("wanted");
    CheckAgainstReference(tester, EveryCpuVariant(), kTolerance);
  }
}

TEST_CASE("blocks give the same bits for any number of threads") {
  for (const Shape& input : {Shape{14, 14, 24}, Shape{220, 150, 8}}) {
    GraphTester tester(input);
    tester.Conv2d(40, {}, Activation::kRelu6).DepthwiseConv2d({.kernel = {3, 3}}).Conv2d(19, {});
    const Program program = tester.Compile();
    const std::vector<float> frame = RandomInput(program, 1);
    for (const std::string& set : InstructionSets()) {
      const auto expected = RunExecutor(*MakeCpuExecutor(program, {1, set}), frame);
      for (const int threads : {2, 3, 16}) {
        CHECK(RunExecutor(*MakeCpuExecutor(program, {threads, set}), frame) == expected);
      }
    }
  }
}

}  // namespace
}  // namespace mobilenet::test

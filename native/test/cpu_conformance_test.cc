#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "conformance.h"
#include "core/reference_executor.h"
#include "cpu/cpu_executor.h"
#include "cpu_variants.h"
#include "graph_tester.h"

namespace mobilenet::test {
namespace {

// Rounding of float32 sums against sums in double, as a fraction of the largest output.
constexpr double kOperationTolerance = 1e-5;
constexpr double kNetworkTolerance = 1e-4;

const std::vector<int32_t> kChannels{1, 3, 8, 21, 24, 91, 273, 576};
const std::vector<Activation> kActivations{Activation::kNone, Activation::kRelu,
                                           Activation::kRelu6};

// Kernels 1, 2, 3, 5 and 7, strides 1 to 3, dilations 1, 2 and 4, all paddings.
Window AnyWindow(Random& random, const Shape& input) {
  const auto extent = [&](const std::vector<int32_t>& sizes) {
    return Extent{random.Choice(sizes), random.Choice(sizes)};
  };
  Window window{.kernel = extent({1, 2, 3, 3, 5, 7}), .stride = extent({1, 2, 3})};
  window.dilation = extent({1, 1, 2, 4});
  const Extent size{(window.kernel.height - 1) * window.dilation.height + 1,
                    (window.kernel.width - 1) * window.dilation.width + 1};
  if (random.Chance(0.4)) {
    return window;  // SAME
  }
  if (random.Chance() && size.height <= input.height && size.width <= input.width) {
    window.padding.mode = PaddingMode::kValid;
    return window;
  }
  window.padding.mode = PaddingMode::kExplicit;
  window.padding.insets = {size.height / 2, size.height - 1, size.width - 1, size.width / 2};
  return window;
}

TEST_CASE("every instruction set agrees on every operation") {
  CheckOperations(EveryCpuVariant(), kOperationTolerance, 20);
}

TEST_CASE("every instruction set agrees on random networks") {
  CheckNetworks(EveryCpuVariant(), kNetworkTolerance, 10);
}

TEST_CASE("every instruction set agrees on MobileNets' blocks") {
  CheckMobileNetBlocks(EveryCpuVariant(), kNetworkTolerance);
}

TEST_CASE("convolutions of all channel counts and windows agree") {
  Random random(7);
  for (int round = 0; round < 60; round++) {
    CAPTURE(round);
    const bool depthwise = random.Chance();
    const int32_t channels = random.Choice(kChannels);
    const int32_t most = channels < 100 ? 23 : 9;
    GraphTester tester({random.Integer(1, most), random.Integer(1, most), channels},
                       static_cast<uint32_t>(round));
    const Window window = AnyWindow(random, tester.shape());
    if (depthwise) {
      tester.DepthwiseConv2d(window, random.Choice(kActivations), random.Chance());
    } else {
      const int32_t filters = channels < 100 ? random.Choice(kChannels) : random.Integer(1, 40);
      tester.Conv2d(filters, window, random.Choice(kActivations), random.Chance());
    }
    CheckAgainstReference(tester, EveryCpuVariant(), kOperationTolerance);
  }
}

TEST_CASE("every number of pixels and filters in a tile agrees") {
  for (int32_t pixels = 1; pixels <= 30; pixels++) {
    for (const int32_t filters : {1, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 49}) {
      CAPTURE(pixels);
      CAPTURE(filters);
      GraphTester tester({1, pixels, 5});
      tester.Conv2d(filters, {}, Activation::kRelu);
      CheckAgainstReference(tester, EveryInstructionSet(), kOperationTolerance);
    }
  }
}

TEST_CASE("a single pixel times weights of either precision agrees") {
  for (const DataType type : {DataType::kFloat32, DataType::kFloat16, DataType::kUint8}) {
    for (const int32_t inputs : {1, 3, 64, 600}) {
      for (const int32_t filters : {1, 4, 15, 17, 63, 64, 65, 300, 1001}) {
        CAPTURE(inputs);
        CAPTURE(filters);
        GraphTester tester({1, 1, inputs});
        tester.Store(type).Conv2d(filters, {}, Activation::kRelu6, filters % 2 == 0);
        CheckAgainstReference(tester, EveryCpuVariant(), kOperationTolerance);
      }
    }
  }
}

TEST_CASE("depthwise convolution agrees at every map size") {
  for (int32_t side = 1; side <= 18; side++) {
    for (const int32_t stride : {1, 2}) {
      for (const int32_t channels : {1, 12, 39}) {
        CAPTURE(side);
        CAPTURE(stride);
        CAPTURE(channels);
        GraphTester tester({3, side, channels});
        tester.DepthwiseConv2d({.kernel = {3, 3}, .stride = {stride, stride}}, Activation::kRelu6);
        CheckAgainstReference(tester, EveryInstructionSet(), kOperationTolerance);
      }
    }
  }
}

TEST_CASE("work is divided without gaps on maps large enough to be shared") {
  GraphTester tester({61, 59, 3});
  tester.Conv2d(40, {.kernel = {3, 3}}, Activation::kRelu6);
  const std::string wide = tester.value();
  tester.DepthwiseConv2d({.kernel = {3, 3}}, Activation::kRelu6).Conv2d(40, {}).Add(wide);
  tester.Softmax().Sigmoid().AveragePool({.kernel = {3, 3}, .stride = {2, 2}});
  const std::string half = tester.value();
  tester.GlobalAveragePool().ResizeLike(half).Concat({half, tester.value()});
  tester.ResizeBilinear({67, 71}, false, true).Conv2d(300, {.stride = {7, 7}});
  CheckAgainstReference(tester, EveryCpuVariant(), kNetworkTolerance);
}

// Compares one run on this very input.
void CheckOnInput(const GraphTester& tester, const CpuOptions& options,
                  std::span<const float> input, double tolerance) {
  const Program program = tester.Compile();
  const auto expected = RunExecutor(*MakeReferenceExecutor(program), input);
  const auto actual = RunExecutor(*MakeCpuExecutor(program, options), input);
  CHECK(RelativeDifference(expected[0], actual[0]) <= tolerance);
}

TEST_CASE("sigmoid and softmax hold at large and small values") {
  std::vector<float> input{-1000, -104,  -103, -89, -88, -87,   -20,   -1,  -1e-6f,
                           0,     1e-6f, 1,    20,  87,  88.5f, 88.9f, 104, 1000};
  const auto count = static_cast<int32_t>(input.size());
  for (const std::string& set : InstructionSets()) {
    CAPTURE(set);
    GraphTester sigmoid({1, 1, count});
    sigmoid.Sigmoid();
    CheckOnInput(sigmoid, {1, set}, input, 1e-6);
    const auto scores = RunExecutor(*MakeCpuExecutor(sigmoid.Compile(), {1, set}), input);
    CHECK(scores[0].front() == 0);
    CHECK(scores[0].back() == 1);
    CHECK(scores[0][6] == doctest::Approx(std::exp(-20.0)).epsilon(1e-5));
    GraphTester softmax({3, 6, 1});
    softmax.ResizeBilinear({2, 9}).Conv2d(37, {}, Activation::kNone, false).Softmax();
    CheckOnInput(softmax, {1, set}, input, 1e-4);
  }
}

TEST_CASE("values that are not numbers come through activations") {
  std::vector<float> input(9 * 5, 1.0f);
  input[7] = std::numeric_limits<float>::quiet_NaN();
  input[31] = std::numeric_limits<float>::infinity();
  for (const std::string& set : InstructionSets()) {
    CAPTURE(set);
    for (const Activation activation : kActivations) {
      GraphTester tester({3, 3, 5});
      tester.Conv2d(19, {}, activation);
      CheckOnInput(tester, {1, set}, input, kOperationTolerance);
      GraphTester depthwise({3, 3, 5});
      depthwise.DepthwiseConv2d({.kernel = {3, 3}}, activation);
      CheckOnInput(depthwise, {1, set}, input, kOperationTolerance);
    }
    GraphTester clamp({3, 3, 5});
    clamp.Relu6();
    CheckOnInput(clamp, {1, set}, input, kOperationTolerance);
  }
}

}  // namespace
}  // namespace mobilenet::test

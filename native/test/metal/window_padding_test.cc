#include "metal/window_padding.h"

#include <doctest/doctest.h>

#include "conformance.h"
#include "core/padding.h"
#include "graph_tester.h"

namespace mobilenet::metal::test {
namespace {

using mobilenet::test::Random;
using mobilenet::test::RandomWindow;
using mobilenet::test::Window;

struct Placed {
  Step step;
  Extent source;
  Extent result;
};

Placed Place(const Window& window, Extent source) {
  const WindowGeometry geometry =
      ResolveWindow(source, window.kernel, window.stride, window.dilation, window.padding);
  Step step;
  step.kernel = window.kernel;
  step.stride = window.stride;
  step.dilation = window.dilation;
  step.padding = geometry.padding;
  return {step, source, geometry.output};
}

WindowOffset Offset(const Window& window, int32_t side) {
  return OffsetOf(Place(window, {side, side}).step);
}

TEST_CASE("offsets of TensorFlow's SAME padding, layer by layer") {
  const Window stride2{.kernel = {3, 3}, .stride = {2, 2}};
  // Classifiers: all sides are even.
  for (const int32_t side : {224, 112, 56, 28, 14, 192, 96, 48, 24, 12, 160, 80, 40, 20, 10, 128}) {
    CHECK(Offset(stride2, side) == WindowOffset{1, 1});
  }
  // SSDLite at 300: 300, 150, 75, 38, 19, 10, 5, 3, 2.
  for (const int32_t side : {300, 150, 38, 10, 2}) {
    CHECK(Offset(stride2, side) == WindowOffset{1, 1});
  }
  for (const int32_t side : {75, 19, 5, 3}) {
    CHECK(Offset(stride2, side) == WindowOffset{0, 0});
  }
  // DeepLab: all odd.
  for (const int32_t side : {513, 257, 129, 65, 33}) {
    CHECK(Offset(stride2, side) == WindowOffset{0, 0});
  }
  for (const int32_t rate : {1, 2, 4, 6, 12, 18}) {
    CHECK(Offset({.kernel = {3, 3}, .dilation = {rate, rate}}, 33) == WindowOffset{0, 0});
  }
  CHECK(Offset({.kernel = {7, 7}, .padding = {.mode = PaddingMode::kValid, .insets = {}}}, 7) ==
        WindowOffset{3, 3});
  CHECK(Offset({.kernel = {1, 1}, .stride = {2, 2}}, 8) == WindowOffset{0, 0});
  // Padded by one row all round, as graphs with use_explicit_padding are.
  CHECK(Offset({.kernel = {3, 3},
                .stride = {2, 2},
                .padding = {.mode = PaddingMode::kExplicit, .insets = {1, 1, 1, 1}}},
               224) == WindowOffset{0, 0});
}

TEST_CASE("MobileNets' own windows are told by MPS's methods") {
  for (const int32_t side : {224, 75, 33, 10, 7, 5, 3, 2, 1}) {
    for (const int32_t stride : {1, 2}) {
      const Placed placed = Place({.kernel = {3, 3}, .stride = {stride, stride}}, {side, side});
      CHECK(MethodFor(placed.step, placed.source, placed.result) == PaddingMethod::kSame);
    }
  }
  const Placed pool =
      Place({.kernel = {7, 7}, .padding = {.mode = PaddingMode::kValid, .insets = {}}}, {7, 7});
  CHECK(MethodFor(pool.step, pool.source, pool.result) == PaddingMethod::kValid);
}

TEST_CASE("where MPS's methods differ, the policy is our own") {
  // A stride longer than the window: MPS centres what is read, TensorFlow starts at the edge.
  const Placed strided = Place({.kernel = {1, 1}, .stride = {3, 3}}, {9, 9});
  CHECK(MethodFor(strided.step, strided.source, strided.result) == PaddingMethod::kCustom);
  const Placed valid = Place(
      {.kernel = {3, 3}, .stride = {2, 2}, .padding = {.mode = PaddingMode::kValid, .insets = {}}},
      {10, 10});
  CHECK(OffsetOf(valid.step) == WindowOffset{1, 1});
  const Placed explicitly =
      Place({.kernel = {3, 3},
             .stride = {2, 2},
             .padding = {.mode = PaddingMode::kExplicit, .insets = {1, 1, 1, 1}}},
            {224, 224});
  CHECK(MethodFor(explicitly.step, explicitly.source, explicitly.result) == PaddingMethod::kCustom);
}

// The first tap of a window and the size of the result, as MPS works them out.
struct FirstTap {
  int64_t position = 0;
  int64_t size = 0;
};

FirstTap ByMethod(bool valid, int64_t source, int64_t window, int64_t stride) {
  const int64_t reach = valid ? source - (window - 1) : source;
  const int64_t size = (reach + stride - 1) / stride;
  const int64_t extra = (size - 1) * stride + window - source;
  return {window / 2 - extra / 2 - window / 2, size};
}

TEST_CASE("the method always puts windows where the Program has them") {
  Random random(3);
  int custom = 0;
  for (int round = 0; round < 3000; ++round) {
    const Extent source{random.Integer(1, 40), random.Integer(1, 40)};
    const Placed placed = Place(RandomWindow(random, source, 7, true), source);
    const Step& step = placed.step;
    const PaddingMethod method = MethodFor(step, source, placed.result);
    if (method == PaddingMethod::kCustom) {
      ++custom;
      continue;
    }
    const bool valid = method == PaddingMethod::kValid;
    const FirstTap rows =
        ByMethod(valid, source.height, DilatedSize(step.kernel.height, step.dilation.height),
                 step.stride.height);
    const FirstTap columns =
        ByMethod(valid, source.width, DilatedSize(step.kernel.width, step.dilation.width),
                 step.stride.width);
    CHECK(rows.position == -step.padding.top);
    CHECK(columns.position == -step.padding.left);
    CHECK(rows.size == placed.result.height);
    CHECK(columns.size == placed.result.width);
  }
  CHECK(custom > 100);
  CHECK(custom < 2000);
}

}  // namespace
}  // namespace mobilenet::metal::test

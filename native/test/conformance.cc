#include "conformance.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/padding.h"

namespace mobilenet::test {
namespace {

const std::vector<Activation> kActivations{Activation::kNone, Activation::kRelu,
                                           Activation::kRelu6};

// Mostly odd sizes that are no multiple of any vector's length, and now and then exactly one.
Shape RandomShape(Random& random, int32_t max_side, int32_t max_channels) {
  const int32_t channels = random.Chance(0.3) ? random.Choice<int32_t>({8, 16, 32, 64})
                                              : random.Integer(1, max_channels);
  return {random.Integer(1, max_side), random.Integer(1, max_side), channels};
}

Extent Area(const Shape& shape) { return {shape.height, shape.width}; }

DataType RandomType(Random& random) {
  return random.Choice<DataType>({DataType::kFloat32, DataType::kFloat32, DataType::kFloat16,
                                  DataType::kUint8, DataType::kInt8});
}

// One operation alone on a random input.
using AddOperation = void (*)(GraphTester&, Random&);

struct OperationCase {
  std::string name;
  int32_t max_side;
  int32_t max_channels;
  AddOperation add;
};

void AddConv2d(GraphTester& tester, Random& random) {
  tester.Conv2d(random.Integer(1, 70), RandomWindow(random, Area(tester.shape()), 5, true),
                random.Choice(kActivations), random.Chance(0.8));
}

void AddPointwiseConv2d(GraphTester& tester, Random& random) {
  tester.Conv2d(random.Integer(1, 130), {}, random.Choice(kActivations), random.Chance(0.8));
}

void AddDepthwiseConv2d(GraphTester& tester, Random& random) {
  tester.DepthwiseConv2d(RandomWindow(random, Area(tester.shape()), 5, true),
                         random.Choice(kActivations), random.Chance(0.8));
}

// What MobileNets have and executors have special code for.
void AddDepthwise3x3(GraphTester& tester, Random& random) {
  Window window{.kernel = {3, 3}};
  window.stride = random.Choice<Extent>({{1, 1}, {2, 2}});
  window.dilation = random.Choice<Extent>({{1, 1}, {1, 1}, {2, 2}, {4, 4}});
  tester.DepthwiseConv2d(window, random.Choice(kActivations));
}

void AddAveragePool(GraphTester& tester, Random& random) {
  tester.AveragePool(RandomWindow(random, Area(tester.shape()), 7, false));
}

void AddResize(GraphTester& tester, Random& random) {
  const Extent size{random.Integer(1, 40), random.Integer(1, 40)};
  const int32_t flags = random.Integer(0, 2);
  tester.ResizeBilinear(size, flags == 1, flags == 2);
}

void AddAddition(GraphTester& tester, Random& random) {
  const std::string other = random.Chance(0.2) ? tester.value() : tester.Relu().value();
  tester.From("input").Add(other, random.Choice(kActivations));
}

void AddConcat(GraphTester& tester, Random& random) {
  std::vector<std::string> names{"input"};
  for (int32_t i = random.Integer(0, 3); i > 0; --i) {
    names.push_back(tester.From("input").Conv2d(random.Integer(1, 20), {}).value());
  }
  tester.Concat(names);
}

void AddConcatOfOne(GraphTester& tester, Random&) { tester.Concat({"input"}); }

std::vector<OperationCase> OperationCases() {
  return {
      {"conv2d", 14, 40, AddConv2d},
      {"conv2d 1x1", 14, 130, AddPointwiseConv2d},
      {"depthwiseConv2d", 20, 70, AddDepthwiseConv2d},
      {"depthwiseConv2d 3x3", 24, 70, AddDepthwise3x3},
      {"biasAdd", 12, 70, [](GraphTester& tester, Random&) { tester.BiasAdd(); }},
      {"relu", 12, 70, [](GraphTester& tester, Random&) { tester.Relu(); }},
      {"relu6", 12, 70,
       // Scaled up by the sum of many terms, so that some values are above 6.
       [](GraphTester& tester, Random&) {
         tester.Add("input").Add(tester.value()).Add(tester.value()).Relu6();
       }},
      {"sigmoid", 12, 70, [](GraphTester& tester, Random&) { tester.Sigmoid(); }},
      {"softmax", 6, 300, [](GraphTester& tester, Random&) { tester.Softmax(); }},
      {"add", 12, 70, AddAddition},
      {"averagePool", 20, 40, AddAveragePool},
      {"globalAveragePool", 20, 70,
       [](GraphTester& tester, Random&) { tester.GlobalAveragePool(); }},
      {"resizeBilinear", 20, 40, AddResize},
      {"concat", 10, 40, AddConcat},
      {"concat of one", 10, 40, AddConcatOfOne},
  };
}

// Expand, depthwise, project: MobileNet V2's inverted residual block, with its addition where the
// shape stays.
void AddInvertedResidual(GraphTester& tester, int32_t expansion, int32_t filters, int32_t stride,
                         int32_t dilation) {
  const std::string input = tester.value();
  const Shape shape = tester.shape();
  if (expansion > 1) {
    tester.Conv2d(shape.channels * expansion, {}, Activation::kRelu6);
  }
  tester
      .DepthwiseConv2d(
          {.kernel = {3, 3}, .stride = {stride, stride}, .dilation = {dilation, dilation}},
          Activation::kRelu6)
      .Conv2d(filters, {});
  if (tester.shape() == shape) {
    tester.Add(input);
  }
}

void CheckStem(const Candidates& candidates, double tolerance) {
  for (const Extent side : {Extent{96, 96}, Extent{75, 81}, Extent{33, 32}}) {
    GraphTester tester({side.height, side.width, 3});
    tester.Conv2d(32, {.kernel = {3, 3}, .stride = {2, 2}}, Activation::kRelu6)
        .DepthwiseConv2d({.kernel = {3, 3}}, Activation::kRelu6)
        .Conv2d(16, {})
        .Conv2d(96, {}, Activation::kRelu6);
    CheckAgainstReference(tester, candidates, tolerance);
  }
}

void CheckInvertedResiduals(const Candidates& candidates, double tolerance) {
  struct Block {
    Shape input;
    int32_t expansion, filters, stride, dilation;
  };
  const std::vector<Block> blocks{
      {{28, 28, 32}, 1, 16, 1, 1}, {{28, 28, 16}, 6, 24, 2, 1}, {{29, 27, 24}, 6, 24, 1, 1},
      {{19, 19, 24}, 6, 32, 2, 1}, {{14, 14, 64}, 6, 64, 1, 1}, {{14, 14, 64}, 6, 96, 1, 1},
      {{7, 7, 160}, 6, 160, 1, 1}, {{7, 7, 160}, 6, 320, 1, 1}, {{17, 17, 40}, 6, 40, 1, 2},
      {{17, 17, 16}, 6, 16, 1, 4}, {{5, 5, 24}, 6, 24, 1, 4},   {{1, 1, 32}, 6, 32, 1, 1},
      {{13, 11, 20}, 5, 28, 2, 1},
  };
  for (const Block& block : blocks) {
    CAPTURE(ToString(block.input));
    CAPTURE(block.filters);
    GraphTester tester(block.input, static_cast<uint32_t>(block.filters));
    AddInvertedResidual(tester, block.expansion, block.filters, block.stride, block.dilation);
    AddInvertedResidual(tester, block.expansion, block.filters, 1, block.dilation);
    CheckAgainstReference(tester, candidates, tolerance);
    // With its first expansion tapped, as SSDLite does, so that it must be kept.
    GraphTester tapped(block.input, 3);
    tapped.Conv2d(block.input.channels * 2, {}, Activation::kRelu6).Output("tap");
    tapped.DepthwiseConv2d({.kernel = {3, 3}}, Activation::kRelu6).Conv2d(block.filters, {});
    tapped.Output("end");
    CheckAgainstReference(tapped, candidates, tolerance);
  }
}

void CheckClassifierTail(const Candidates& candidates, double tolerance) {
  GraphTester tester({7, 7, 64});
  tester.DepthwiseConv2d({.kernel = {3, 3}}, Activation::kRelu6)
      .Conv2d(256, {}, Activation::kRelu6)
      .AveragePool({.kernel = {7, 7}, .padding = {.mode = PaddingMode::kValid, .insets = {}}})
      .Conv2d(1001, {})
      .Output("logits")
      .Softmax()
      .Output("scores");
  CheckAgainstReference(tester, candidates, tolerance);
}

void CheckDetectorTail(const Candidates& candidates, double tolerance) {
  GraphTester tester({10, 10, 96});
  const std::string features = tester.value();
  tester.DepthwiseConv2d({.kernel = {3, 3}}, Activation::kRelu6).Conv2d(24, {}).Output("boxes");
  tester.From(features)
      .DepthwiseConv2d({.kernel = {3, 3}}, Activation::kRelu6)
      .Conv2d(546, {})
      .Output("classes");
  tester.From(features)
      .Conv2d(64, {}, Activation::kRelu6)
      .DepthwiseConv2d({.kernel = {3, 3}, .stride = {2, 2}}, Activation::kRelu6)
      .Conv2d(128, {}, Activation::kRelu6)
      .Output("extra");
  CheckAgainstReference(tester, candidates, tolerance);
}

void CheckSegmenterTail(const Candidates& candidates, double tolerance) {
  GraphTester tester({17, 17, 64});
  const std::string features = tester.value();
  const std::string pooled = tester.GlobalAveragePool()
                                 .Conv2d(48, {}, Activation::kRelu)
                                 .ResizeLike(features, true)
                                 .value();
  const std::string aspp = tester.From(features).Conv2d(48, {}, Activation::kRelu).value();
  const std::string atrous =
      tester.From(features)
          .DepthwiseConv2d({.kernel = {3, 3}, .dilation = {6, 6}}, Activation::kRelu)
          .Conv2d(48, {}, Activation::kRelu)
          .value();
  tester.Concat({pooled, aspp, atrous})
      .Conv2d(64, {}, Activation::kRelu)
      .Conv2d(21, {})
      .ResizeBilinear({65, 65}, true);
  CheckAgainstReference(tester, candidates, tolerance);
}

// Appends a random operation that reads `value`.
void AddRandomOperation(GraphTester& tester, Random& random, const std::string& value) {
  tester.From(value);
  const Extent area = Area(tester.shape());
  switch (random.Integer(0, 11)) {
    case 0:
    case 1:
      tester.Conv2d(random.Integer(1, 24), RandomWindow(random, area, 3, true),
                    random.Choice(kActivations), random.Chance(0.7));
      break;
    case 2:
    case 3:
      tester.DepthwiseConv2d(RandomWindow(random, area, 3, true), random.Choice(kActivations),
                             random.Chance(0.7));
      break;
    case 4:
      tester.BiasAdd();
      break;
    case 5:
      tester.Relu();
      break;
    case 6:
      tester.Relu6();
      break;
    case 7:
      random.Chance() ? tester.Sigmoid() : tester.Softmax();
      break;
    case 8:
      tester.AveragePool(RandomWindow(random, area, 3, false));
      break;
    case 9:
      tester.ResizeBilinear({random.Integer(1, 16), random.Integer(1, 16)}, random.Chance());
      break;
    default: {
      // Brings another value to this one's shape, then adds or joins the two.
      std::vector<std::string> names;
      for (const auto& [name, shape] : tester.shapes()) {
        names.push_back(name);
      }
      const Shape shape = tester.shape();
      tester.From(random.Choice(names)).ResizeBilinear(area);
      if (random.Chance()) {
        tester.Conv2d(shape.channels, {}).Add(value, random.Choice(kActivations));
      } else {
        tester.Concat({value, tester.value()}).Conv2d(random.Integer(1, 24), {});
      }
    }
  }
}

}  // namespace

Window RandomWindow(Random& random, Extent input, int32_t max_kernel, bool dilated) {
  Window window;
  const bool square = random.Chance(0.7);
  const auto extent = [&](int32_t most) {
    const int32_t height = random.Integer(1, most);
    return Extent{height, square ? height : random.Integer(1, most)};
  };
  window.kernel = extent(max_kernel);
  window.stride = extent(random.Chance(0.8) ? 2 : 3);
  if (dilated && random.Chance(0.4)) {
    window.dilation = extent(3);
  }
  if (random.Chance(0.6)) {
    return window;  // SAME
  }
  window.padding.mode = PaddingMode::kExplicit;
  const auto rows = static_cast<int32_t>(DilatedSize(window.kernel.height, window.dilation.height));
  const auto columns =
      static_cast<int32_t>(DilatedSize(window.kernel.width, window.dilation.width));
  if (random.Chance()) {
    window.padding.insets = {random.Integer(0, rows - 1), random.Integer(0, rows - 1),
                             random.Integer(0, columns - 1), random.Integer(0, columns - 1)};
  } else {
    window.padding.mode = PaddingMode::kValid;
  }
  const Insets& insets = window.padding.insets;
  if (input.height + insets.top + insets.bottom < rows ||
      input.width + insets.left + insets.right < columns) {
    window.padding = {};  // the window does not fit: SAME always does
  }
  return window;
}

void CheckOperations(const Candidates& candidates, double tolerance, int rounds) {
  for (const OperationCase& operation : OperationCases()) {
    for (int round = 0; round < rounds; ++round) {
      CAPTURE(operation.name);
      CAPTURE(round);
      Random random(static_cast<uint32_t>(round) * 977 + 5);
      GraphTester tester(RandomShape(random, operation.max_side, operation.max_channels),
                         static_cast<uint32_t>(round));
      tester.Store(RandomType(random), random.Chance());
      operation.add(tester, random);
      CheckAgainstReference(tester, candidates, tolerance);
    }
  }
}

void CheckNetworks(const Candidates& candidates, double tolerance, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    CAPTURE(round);
    const GraphTester tester = RandomGraph(static_cast<uint32_t>(round), 5 + round % 25);
    CheckAgainstReference(tester, candidates, tolerance, {.fuse = true});
    CheckAgainstReference(tester, candidates, tolerance, {.fuse = false});
  }
}

void CheckMobileNetBlocks(const Candidates& candidates, double tolerance) {
  CheckStem(candidates, tolerance);
  CheckInvertedResiduals(candidates, tolerance);
  CheckClassifierTail(candidates, tolerance);
  CheckDetectorTail(candidates, tolerance);
  CheckSegmenterTail(candidates, tolerance);
}

GraphTester RandomGraph(uint32_t seed, int operations) {
  Random random(seed);
  GraphTester tester(RandomShape(random, 12, 24), seed);
  std::vector<std::string> values{"input"};
  for (int i = 0; i < operations; ++i) {
    // Mostly a chain, with branches.
    const std::string& value = random.Chance(0.7) ? values.back() : random.Choice(values);
    AddRandomOperation(tester, random, std::string(value));
    values.push_back(tester.value());
    if (random.Chance(0.1)) {
      tester.Output("tap" + std::to_string(i));
    }
  }
  tester.Output("end");
  return tester;
}

}  // namespace mobilenet::test

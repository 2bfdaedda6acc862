#include "metal/plan.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "conformance.h"
#include "core/error.h"
#include "graph_tester.h"

namespace mobilenet::metal::test {
namespace {

using mobilenet::test::GraphTester;
using mobilenet::test::RandomGraph;

template <typename Kind>
std::vector<Kind> ActionsOf(const Plan& plan) {
  std::vector<Kind> found;
  for (const Action& action : plan.actions) {
    if (const auto* one = std::get_if<Kind>(&action)) {
      found.push_back(*one);
    }
  }
  return found;
}

TEST_CASE("a classifier is one graph") {
  GraphTester tester({32, 32, 3});
  tester.Conv2d(8, {.kernel = {3, 3}, .stride = {2, 2}}, Activation::kRelu6)
      .DepthwiseConv2d({.kernel = {3, 3}}, Activation::kRelu6)
      .Conv2d(16, {})
      .GlobalAveragePool()
      .Conv2d(10, {});
  const Plan plan = MakePlan(tester.Compile(), InputForm::kImage);
  REQUIRE(plan.actions.size() == 2);
  const auto& graph = std::get<GraphAction>(plan.actions[0]);
  CHECK(graph.steps.size() == 5);
  CHECK(graph.sources == std::vector<size_t>{0});
  CHECK(graph.results == std::vector<size_t>{5});
  const auto& pack = std::get<PackAction>(plan.actions[1]);
  CHECK(pack.value == 5);
  CHECK(pack.into == 5);
  CHECK(plan.image_reads[0] == 1);
  CHECK(plan.packed[5]);
}

TEST_CASE("SSD heads are results of one graph, never joined on the GPU") {
  GraphTester tester({16, 16, 3});
  const std::string features = tester.Conv2d(8, {.kernel = {3, 3}, .stride = {2, 2}}).value();
  tester.Conv2d(12, {}).Output("boxes0");
  tester.From(features).Conv2d(273, {}).Output("classes0");
  tester.From(features).Conv2d(16, {.kernel = {3, 3}, .stride = {2, 2}}).Conv2d(24, {});
  tester.Output("boxes1");
  const Plan plan = MakePlan(tester.Compile(), InputForm::kImage);
  const auto graphs = ActionsOf<GraphAction>(plan);
  REQUIRE(graphs.size() == 1);
  CHECK(graphs[0].results.size() == 3);
  CHECK(ActionsOf<PackAction>(plan).size() == 3);
}

TEST_CASE("an aligned resize of many pixels stands between two graphs") {
  GraphTester tester({33, 33, 3});
  const std::string low = tester.Conv2d(8, {.kernel = {3, 3}}).value();
  tester.Conv2d(16, {.kernel = {3, 3}, .stride = {4, 4}}).ResizeLike(low, true);
  tester.Concat({tester.value(), low}).Conv2d(21, {});
  const Plan plan = MakePlan(tester.Compile(), InputForm::kImage);
  const auto graphs = ActionsOf<GraphAction>(plan);
  REQUIRE(graphs.size() == 2);
  REQUIRE(ActionsOf<ResizeAction>(plan).size() == 1);
  CHECK(graphs[0].results.size() == 2);
  CHECK(graphs[1].sources.size() == 2);
  CHECK(ActionsOf<UnpackAction>(plan).empty());
}

TEST_CASE("DeepLab's pooling branch stays in the graph") {
  GraphTester tester({17, 17, 3});
  const std::string features = tester.Conv2d(8, {}).value();
  const std::string pooled =
      tester.GlobalAveragePool().Conv2d(16, {}).ResizeLike(features, true).value();
  tester.From(features).Conv2d(16, {});
  tester.Concat({pooled, tester.value()}).Conv2d(21, {});
  const Plan plan = MakePlan(tester.Compile(), InputForm::kImage);
  CHECK(ActionsOf<GraphAction>(plan).size() == 1);
  CHECK(plan.actions.size() == 2);
}

TEST_CASE("only images that fill their slices are joined by a graph") {
  for (const int32_t channels : {23, 24}) {
    GraphTester tester({9, 9, 3});
    const std::string left = tester.Conv2d(channels, {}).value();
    tester.From("input").Conv2d(8, {});
    tester.Concat({left, tester.value()}).Conv2d(5, {});
    const Plan plan = MakePlan(tester.Compile(), InputForm::kImage);
    const auto packs = ActionsOf<PackAction>(plan);
    if (channels == 24) {
      CHECK(ActionsOf<GraphAction>(plan).size() == 1);
      CHECK(packs.size() == 1);
    } else {
      CHECK(ActionsOf<GraphAction>(plan).size() == 2);
      CHECK(ActionsOf<UnpackAction>(plan).size() == 1);
      REQUIRE(packs.size() == 3);
      CHECK(packs[0].first == 0);
      CHECK(packs[1].first == 23);
      CHECK(packs[0].into == packs[1].into);
    }
  }
}

TEST_CASE("softmax and sigmoid work on packed values") {
  GraphTester tester({5, 5, 3});
  tester.Conv2d(6, {}).Softmax().Output("scores").Conv2d(4, {}).Sigmoid().Output("end");
  const Plan plan = MakePlan(tester.Compile(), InputForm::kImage);
  CHECK(ActionsOf<ScoreAction>(plan).size() == 2);
  CHECK(ActionsOf<UnpackAction>(plan).size() == 1);
  CHECK(ActionsOf<GraphAction>(plan).size() == 2);
}

// Values that an action reads and makes.
struct Use {
  std::vector<size_t> images_read;
  std::vector<size_t> images_made;
  std::vector<size_t> packed_read;
  std::vector<size_t> packed_made;
};

Use UseOf(const Program& program, const Action& action) {
  if (const auto* graph = std::get_if<GraphAction>(&action)) {
    return {graph->sources, graph->results, {}, {}};
  }
  if (const auto* resize = std::get_if<ResizeAction>(&action)) {
    const Step& step = program.steps[resize->step];
    return {step.inputs, {step.output}, {}, {}};
  }
  if (const auto* pack = std::get_if<PackAction>(&action)) {
    return {{pack->value}, {}, {}, {pack->into}};
  }
  if (const auto* unpack = std::get_if<UnpackAction>(&action)) {
    return {{}, {unpack->value}, {unpack->value}, {}};
  }
  const Step& step = program.steps[std::get<ScoreAction>(action).step];
  return {{}, {}, step.inputs, {step.output}};
}

TEST_CASE("plans of random networks read only what has been made, and count the reads") {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    const Program program =
        RandomGraph(seed, 5 + static_cast<int>(seed % 25)).Compile({.fuse = seed % 2 == 0});
    for (const InputForm input : {InputForm::kImage, InputForm::kPacked}) {
      const Plan plan = MakePlan(program, input);
      std::vector<bool> image(program.values.size(), false);
      std::vector<bool> packed(program.values.size(), false);
      (input == InputForm::kImage ? image : packed)[0] = true;
      std::vector<size_t> reads(program.values.size(), 0);
      for (const Action& action : plan.actions) {
        const Use use = UseOf(program, action);
        for (const size_t value : use.images_read) {
          CHECK(image[value]);
          ++reads[value];
        }
        for (const size_t value : use.packed_read) {
          CHECK(packed[value]);
        }
        for (const size_t value : use.images_made) {
          image[value] = true;
        }
        for (const size_t value : use.packed_made) {
          packed[value] = true;
        }
      }
      CHECK(reads == plan.image_reads);
      CHECK(packed == plan.packed);
      for (const ProgramOutput& output : program.outputs) {
        CHECK(packed[output.value]);
      }
    }
  }
}

TEST_CASE("what is too large for an image is refused by name") {
  GraphTester tester({1, 20000, 1});
  tester.Conv2d(1, {});
  CHECK_THROWS_WITH_AS(MakePlan(tester.Compile(), InputForm::kImage), doctest::Contains("'input'"),
                       Error);
  GraphTester deep({1, 1, 4});
  deep.Conv2d(8193, {});
  CHECK_THROWS_WITH_AS(MakePlan(deep.Compile(), InputForm::kImage),
                       doctest::Contains("larger than the images"), Error);
}

}  // namespace
}  // namespace mobilenet::metal::test

#include "core/blocks.h"

#include <doctest/doctest.h>

#include "graph_tester.h"

namespace mobilenet::test {
namespace {

TEST_CASE("an inverted residual is one block") {
  GraphTester tester({8, 8, 16});
  tester.Conv2d(96, {}).DepthwiseConv2d({.kernel = {3, 3}}).Conv2d(16, {}).Add("input");
  const std::vector<Block> blocks = FindBlocks(tester.Compile());
  REQUIRE(blocks.size() == 1);
  CHECK(blocks[0].first == 0);
  CHECK(blocks[0].count == 4);
  CHECK(blocks[0].fill);
  CHECK(blocks[0].residual);
}

TEST_CASE("separable convolutions share no step") {
  GraphTester tester({8, 8, 16});
  for (int i = 0; i < 3; i++) {
    tester.DepthwiseConv2d({.kernel = {3, 3}}).Conv2d(16, {});
  }
  const std::vector<Block> blocks = FindBlocks(tester.Compile());
  REQUIRE(blocks.size() == 3);
  for (size_t i = 0; i < 3; i++) {
    CHECK(blocks[i].first == 2 * i);
    CHECK(blocks[i].count == 2);
    CHECK_FALSE(blocks[i].fill);
    CHECK_FALSE(blocks[i].residual);
  }
}

TEST_CASE("what others read stays outside") {
  GraphTester tester({8, 8, 16});
  const std::string expanded = tester.Conv2d(32, {}).value();
  tester.DepthwiseConv2d({.kernel = {3, 3}}).Conv2d(32, {}).Add(expanded);
  const std::vector<Block> blocks = FindBlocks(tester.Compile());
  REQUIRE(blocks.size() == 1);
  CHECK(blocks[0].first == 1);
  CHECK(blocks[0].count == 3);
  CHECK_FALSE(blocks[0].fill);
  CHECK(blocks[0].residual);
}

TEST_CASE("no block without a 1x1 convolution behind") {
  GraphTester tester({8, 8, 16});
  tester.Conv2d(32, {}).DepthwiseConv2d({.kernel = {3, 3}}).Conv2d(32, {.kernel = {3, 3}});
  CHECK(FindBlocks(tester.Compile()).empty());
}

}  // namespace
}  // namespace mobilenet::test

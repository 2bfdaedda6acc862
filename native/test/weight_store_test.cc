#include "cpu/weight_store.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "cpu/instruction_set.h"
#include "graph_tester.h"

namespace mobilenet::test {
namespace {

// A network whose steps 0, 1 and 2 are a convolution, a depthwise one and one of a single pixel.
GraphTester ThreeKinds(uint32_t seed) {
  GraphTester tester({6, 6, 3}, seed);
  tester.Conv2d(8, {.kernel = {3, 3}}).DepthwiseConv2d({.kernel = {3, 3}});
  tester.GlobalAveragePool().Conv2d(5, {});
  return tester;
}

const KernelTable& Kernels() { return *FindInstructionSet("auto").kernels; }

TEST_CASE("networks of the same numbers hold one copy of the packed weights") {
  const GraphTester tester = ThreeKinds(1);
  const Program program = tester.Compile();
  const std::vector<Step>& steps = program.steps;
  WeightStore one(program, Kernels());
  WeightStore other(program, Kernels());
  const auto convolution = one.Convolution(0, steps[0], 27, 8);
  CHECK(convolution == one.Convolution(0, steps[0], 27, 8));
  CHECK(convolution == other.Convolution(0, steps[0], 27, 8));
  CHECK(one.Depthwise(1, steps[1], 9, 8) == other.Depthwise(1, steps[1], 9, 8));
  CHECK(one.Dense(3, steps[3], 8, 5) == other.Dense(3, steps[3], 8, 5));
  CHECK(convolution != WeightStore(program, PortableKernels()).Convolution(0, steps[0], 27, 8));
}

TEST_CASE("a network of other numbers has weights of its own") {
  const GraphTester tester = ThreeKinds(1);
  const Program program = tester.Compile();
  WeightStore store(program, Kernels());
  const auto packed = store.Convolution(0, program.steps[0], 27, 8);

  Program other = program;
  other.steps[0].bias[7] += 1;
  const auto biased = WeightStore(other, Kernels()).Convolution(0, other.steps[0], 27, 8);
  CHECK(packed != biased);
  CHECK_FALSE(std::equal(packed->data(), packed->data() + packed->size(), biased->data()));

  const GraphTester other_weights = ThreeKinds(2);
  const Program third = other_weights.Compile();
  CHECK(packed != WeightStore(third, Kernels()).Convolution(0, third.steps[0], 27, 8));
}

TEST_CASE("packed weights outlive the network's own, and go with the last who holds them") {
  const GraphTester tester = ThreeKinds(3);
  Program program = tester.Compile();
  std::weak_ptr<const AlignedBuffer<float>> packed;
  {
    WeightStore store(program, Kernels());
    packed = store.Convolution(0, program.steps[0], 27, 8);
    program.steps[0].weights = {};
    CHECK(store.Convolution(0, program.steps[0], 27, 8) == packed.lock());
  }
  CHECK(packed.expired());
}

}  // namespace
}  // namespace mobilenet::test

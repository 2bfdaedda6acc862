#include <doctest/doctest.h>

#include <memory>

#include "conformance.h"
#include "control.h"
#include "core/error.h"
#include "graph_tester.h"
#include "metal/metal_runner.h"

namespace mobilenet::test {
namespace {

// Float32 differs from the reference by the order of sums alone.
constexpr double kFloat32Operation = 1e-5;
constexpr double kFloat32Network = 1e-4;

// Float16 rounds weights, inputs and results to 2^-11 of themselves and sums in float32. An
// operation is off by at most 2 * 2^-11 of the sum of its products' magnitudes and 2^-11 of its
// result (docs/metal.md). That sum is at most 8 times the largest result here: random signs make
// the result of n terms about the square root of n. Networks of up to 30 operations pass errors on.
constexpr double kFloat16Operation = 9 * 0x1p-10;
constexpr double kFloat16Network = 6e-2;

Candidates MetalIn(MetalPrecision precision) {
  return {{"metal", [precision](const Program& program) {
             return MakeMetalExecutor(program, {.registry_id = 0, .precision = precision});
           }}};
}

TEST_CASE("Metal in float32 agrees with the reference executor") {
  apple_double::Reset();
  const Candidates metal = MetalIn(MetalPrecision::kFloat32);
  CheckOperations(metal, kFloat32Operation, 12);
  CheckNetworks(metal, kFloat32Network, 20);
  CheckMobileNetBlocks(metal, kFloat32Network);
}

TEST_CASE("Metal in float16 agrees with the reference executor") {
  apple_double::Reset();
  const Candidates metal = MetalIn(MetalPrecision::kFloat16);
  CheckOperations(metal, kFloat16Operation, 12);
  CheckNetworks(metal, kFloat16Network, 20);
  CheckMobileNetBlocks(metal, kFloat16Network);
}

TEST_CASE("Metal agrees on a GPU with memory of its own") {
  apple_double::Reset();
  apple_double::SetDevices({apple_double::DiscreteDevice()});
  const Candidates metal = MetalIn(MetalPrecision::kFloat32);
  CheckOperations(metal, kFloat32Operation, 3);
  CheckMobileNetBlocks(metal, kFloat32Network);
  apple_double::Reset();
}

TEST_CASE("Metal agrees however MPS counts the reads of a graph's sources") {
  apple_double::Reset();
  apple_double::CountEverySourceRead(true);
  const Candidates metal = MetalIn(MetalPrecision::kFloat32);
  CheckOperations(metal, kFloat32Operation, 2);
  CheckNetworks(metal, kFloat32Network, 10);
  apple_double::Reset();
}

TEST_CASE("without a GPU there is no Metal executor") {
  apple_double::Reset();
  apple_double::SetDevices({});
  GraphTester tester({4, 4, 3});
  tester.Conv2d(2, {});
  CHECK_THROWS_AS(MakeMetalExecutor(tester.Compile(), {}), Error);
  apple_double::Reset();
}

}  // namespace
}  // namespace mobilenet::test

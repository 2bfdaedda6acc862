// One run of a network for scripts/instruction-counts.mjs, which counts what happens inside
// CountedRun: `count_instructions NETWORK INSTRUCTION_SET`. Prints the sizes of the caches that
// tiles were chosen for.
#define DOCTEST_CONFIG_IMPLEMENT  // graph_tester.cc holds checks, none of which runs here
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <exception>
#include <string>

#include "cpu/cache_sizes.h"
#include "cpu/cpu_executor.h"
#include "instruction_counts/networks.h"

using mobilenet::Executor;
using mobilenet::test::GraphTester;

// By this name valgrind knows it.
extern "C" __attribute__((noinline, visibility("default"))) bool CountedRun(Executor& executor) {
  const std::atomic<bool> stop{false};
  return executor.Run(stop);
}

int main(int count, char** arguments) {
  if (count != 3) {
    std::fputs("usage: count_instructions mobilenet-v1|mobilenet-v2 INSTRUCTION_SET\n", stderr);
    return 2;
  }
  try {
    const bool first = std::string(arguments[1]) == "mobilenet-v1";
    const GraphTester network =
        first ? mobilenet::test::MobileNetV1() : mobilenet::test::MobileNetV2();
    const mobilenet::Program program = network.Compile();
    const auto executor = mobilenet::MakeCpuExecutor(program, {1, arguments[2]});
    const std::vector<float> input = mobilenet::test::RandomInput(program, 1);
    std::copy(input.begin(), input.end(), executor->input().begin());
    const bool whole = CountedRun(*executor);
    const mobilenet::CacheSizes& caches = mobilenet::MachineCacheSizes();
    std::printf("%zu %zu\n", caches.level1, caches.level2);
    return whole ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

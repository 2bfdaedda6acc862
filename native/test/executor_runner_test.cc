#include "core/executor_runner.h"

#include <doctest/doctest.h>

#include <atomic>
#include <deque>
#include <vector>

#include "core/error.h"
#include "cpu/cpu_executor.h"
#include "graph_tester.h"
#include "sampling_tester.h"

namespace mobilenet::test {
namespace {

constexpr int32_t kSide = 40;

Program SmallNetwork() {
  static const GraphTester tester = [] {
    GraphTester made({kSide, kSide, 3});
    made.Conv2d(24, {.kernel = {3, 3}, .stride = {2, 2}}, Activation::kRelu6);
    made.DepthwiseConv2d({.kernel = {3, 3}}, Activation::kRelu6).Conv2d(16, {});
    made.GlobalAveragePool().Conv2d(33, {});
    return made;
  }();
  return tester.Compile();
}

ModelRecord Stretch() {
  ModelRecord record;
  record.preprocessing.size = {kSide, kSide};
  return record;
}

// A frame of its own picture, with all that its job refers to.
struct TestFrame {
  explicit TestFrame(Random& random) : pixels(RandomPixels(random, {30, 50})) {}

  FrameJob Job() { return {frame, request, stop, timing}; }

  std::vector<uint8_t> pixels;
  Frame frame{{pixels, 50, 30}, {0, 0, 50, 30}, 0};
  Request request = OutputsRequest{{0}};
  std::atomic<bool> stop{false};
  Timing timing;
};

std::vector<float> ValuesOf(const Answer& answer) {
  return std::get<std::vector<NamedTensor>>(answer).at(0).values;
}

TEST_CASE("frames are taken together where more than half as many wait as there are threads") {
  const auto begun = [](int threads, size_t waiting) {
    return MakeExecutorRunner(MakeCpuExecutors(SmallNetwork(), {threads, "auto"}), Stretch())
        ->FramesToBegin(waiting);
  };
  CHECK(begun(1, 1) == 1);
  CHECK(begun(1, 9) == 1);
  CHECK(begun(2, 1) == 1);
  CHECK(begun(2, 2) == 2);
  CHECK(begun(2, 3) == 2);
  CHECK(begun(4, 2) == 1);
  CHECK(begun(4, 3) == 3);
  CHECK(begun(4, 9) == 4);
  CHECK(begun(5, 3) == 3);
}

TEST_CASE("frames together have the bits each has alone") {
  const auto runner = MakeExecutorRunner(MakeCpuExecutors(SmallNetwork(), {4, "auto"}), Stretch());
  const size_t memory_before = runner->memory().activations;
  Random random(5);
  for (int round = 0; round < 3; ++round) {
    std::deque<TestFrame> frames;
    std::vector<FrameJob> jobs;
    std::vector<std::vector<float>> alone;
    size_t ready = 0;
    for (int i = 0; i < 4; ++i) {
      TestFrame& frame = frames.emplace_back(random);
      jobs.push_back(frame.Job());
      runner->Begin(0, std::span(&jobs.back(), 1), [&](size_t) { ++ready; });
      alone.push_back(ValuesOf(runner->Finish(0, 0, jobs.back())));
      frame.timing = {};
    }
    runner->Begin(0, jobs, [&](size_t) { ++ready; });
    CHECK(ready == 5);
    for (size_t i = 0; i < jobs.size(); ++i) {
      CHECK(ValuesOf(runner->Finish(0, i, jobs[i])) == alone[i]);
      CHECK(frames[i].timing.network > 0);
    }
    CHECK(alone[0] != alone[1]);
  }
  CHECK(runner->memory().activations == 5 * memory_before);
}

TEST_CASE("one frame that is stopped, or fails, leaves the others alone") {
  const auto runner = MakeExecutorRunner(MakeCpuExecutors(SmallNetwork(), {3, "auto"}), Stretch());
  Random random(6);
  std::deque<TestFrame> frames;
  std::vector<FrameJob> jobs;
  for (int i = 0; i < 3; ++i) {
    jobs.push_back(frames.emplace_back(random).Job());
  }
  frames[0].stop = true;
  frames[2].frame.rotation = 45;
  runner->Begin(0, jobs, [](size_t) {});
  const auto code_of = [&](size_t index) {
    try {
      runner->Finish(0, index, jobs[index]);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kInternal;
  };
  CHECK(code_of(0) == ErrorCode::kAborted);
  CHECK(ValuesOf(runner->Finish(0, 1, jobs[1])).size() == 33);
  CHECK(code_of(2) == ErrorCode::kInvalidOption);
}

}  // namespace
}  // namespace mobilenet::test

#include "core/session.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "core/executor_runner.h"
#include "core/reference_executor.h"
#include "frame_results.h"
#include "graph_tester.h"
#include "session_contention.h"

namespace mobilenet::test {

namespace {

constexpr int32_t kSide = 8;

ModelRecord Stretch() {
  ModelRecord record;
  record.preprocessing.size = {kSide, kSide};
  return record;
}

const std::vector<NamedTensor>& Outputs(const FrameResult& result) {
  return std::get<std::vector<NamedTensor>>(result.answer);
}

struct Fixture {
  FrameResults results;
  std::vector<uint8_t> pixels = std::vector<uint8_t>(20 * 10 * 3, 100);
  Session session;

  Fixture()
      : session(
            MakeExecutorRunner({MakeReferenceExecutor(GraphTester({kSide, kSide, 3})
                                                          .Conv2d(5, {.kernel = {3, 3}})
                                                          .GlobalAveragePool()
                                                          .Compile())},
                               Stretch()),
            Stretch(), [this](FrameResult result) { results.Add(std::move(result)); },
            [this] { results.Close(); }) {}

  Frame MakeFrame() const { return {{pixels, 20, 10}, {0, 0, 20, 10}, 0}; }
};

Request AllOutputs() { return OutputsRequest{{0}}; }

ErrorCode CodeOf(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kInternal;
}

}  // namespace

TEST_CASE("a session runs frames in order") {
  Fixture fixture;
  for (uint64_t id = 0; id < 50; ++id) {
    fixture.session.Enqueue(id, fixture.MakeFrame(), AllOutputs());
  }
  const std::vector<FrameResult> results = fixture.results.WaitFor(50);
  for (uint64_t id = 0; id < 50; ++id) {
    const FrameResult& result = results[id];
    CHECK(result.id == id);
    CHECK_FALSE(result.error.has_value());
    REQUIRE(Outputs(result).size() == 1);
    CHECK(Outputs(result)[0].values == Outputs(results[0])[0].values);
  }
}

TEST_CASE("a session answers classification requests") {
  Fixture fixture;
  ClassificationRequest request;
  request.top_k = 2;
  request.allowed = {1, 0, 1, 0, 0};
  fixture.session.Enqueue(1, fixture.MakeFrame(), request);
  const FrameResult result = fixture.results.WaitFor(1)[0];
  const auto& categories = std::get<std::vector<Category>>(result.answer);
  REQUIRE(categories.size() == 2);
  CHECK((categories[0].index == 0 || categories[0].index == 2));
  CHECK(categories[0].score >= categories[1].score);
}

TEST_CASE("a session refuses what does not fit and runs the rest") {
  Fixture fixture;
  const auto refused = [&](auto change) {
    Frame frame = fixture.MakeFrame();
    change(frame);
    return CodeOf([&] { fixture.session.Enqueue(1, frame, AllOutputs()); }) ==
           ErrorCode::kInvalidOption;
  };
  CHECK(refused([](Frame& frame) { frame.picture.width = 0; }));
  CHECK(refused([](Frame& frame) { frame.picture.width = 21; }));
  CHECK(refused([](Frame& frame) { frame.picture.height = INT32_MAX; }));
  CHECK(refused([](Frame& frame) { frame.region.x = 1; }));
  CHECK(refused([](Frame& frame) { frame.region.x = -1; }));
  CHECK(refused([](Frame& frame) { frame.region.height = 0; }));
  CHECK(refused([](Frame& frame) { frame.region.width = INT32_MAX; }));
  CHECK(refused([](Frame& frame) { frame.rotation = 45; }));
  CHECK(CodeOf([&] { fixture.session.Enqueue(1, fixture.MakeFrame(), OutputsRequest{{1}}); }) ==
        ErrorCode::kInvalidOption);
  ClassificationRequest request;
  request.allowed = {1, 1};
  CHECK(CodeOf([&] { fixture.session.Enqueue(1, fixture.MakeFrame(), request); }) ==
        ErrorCode::kInvalidOption);
  fixture.session.Enqueue(2, fixture.MakeFrame(), AllOutputs());
  CHECK_FALSE(fixture.results.WaitFor(1)[0].error.has_value());
}

TEST_CASE("a runner refuses preprocessing that does not fit the network") {
  const GraphTester tester = GraphTester({kSide, kSide + 1, 3}).Conv2d(5, {.kernel = {3, 3}});
  CHECK(CodeOf([&] { MakeExecutorRunner({MakeReferenceExecutor(tester.Compile())}, Stretch()); }) ==
        ErrorCode::kModelCorrupt);
}

TEST_CASE("a frame that cannot be cancelled has been answered") {
  Fixture fixture;
  for (uint64_t id = 0; id < 3000; ++id) {
    fixture.session.Enqueue(id, fixture.MakeFrame(), AllOutputs());
    for (uint64_t spin = 0; spin < (id % 50) * 20; ++spin) {
      std::atomic_signal_fence(std::memory_order_seq_cst);
    }
    if (!fixture.session.Cancel(id)) {
      CHECK(fixture.results.size() == id + 1);
    }
    fixture.results.Await(id + 1);
  }
}

TEST_CASE("every frame completes exactly once, whoever enqueues, cancels and closes") {
  for (int round = 0; round < 20; ++round) {
    Fixture fixture;
    const size_t accepted = EnqueueCancelAndClose(
        fixture.session, fixture.results, 100, static_cast<size_t>(round),
        [&](uint64_t id) { fixture.session.Enqueue(id, fixture.MakeFrame(), AllOutputs()); });
    fixture.session.Close();
    fixture.session.Close();
    CHECK(fixture.results.closed());
    CHECK(fixture.results.size() == accepted);
    std::map<uint64_t, int> times;
    for (const FrameResult& result : fixture.results.WaitFor(accepted)) {
      CHECK(++times[result.id] == 1);
      if (result.error) {
        const ErrorCode code = result.error->code();
        CHECK((code == ErrorCode::kAborted || code == ErrorCode::kDisposed));
      }
    }
    CHECK_FALSE(fixture.session.Cancel(1000));
  }
}

}  // namespace mobilenet::test

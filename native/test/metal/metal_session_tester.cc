#include "metal_session_tester.h"

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "core/executor_runner.h"
#include "core/reference_executor.h"

namespace mobilenet::test {

void AwaitCommits(size_t count) {
  for (int i = 0; i < 2000 && apple_double::CommittedCommandBuffers() < count; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

ModelRecord Stretch() {
  ModelRecord record;
  record.preprocessing.size = {kSide, kSide};
  record.preprocessing.scale = {1 / 127.5f, 1 / 127.5f, 1 / 127.5f};
  record.preprocessing.offset = {-1, -1, -1};
  return record;
}

GraphTester SmallNetwork() {
  GraphTester tester({kSide, kSide, 3});
  const std::string stem =
      tester.Conv2d(8, {.kernel = {3, 3}, .stride = {2, 2}}, Activation::kRelu6).value();
  tester.DepthwiseConv2d({.kernel = {3, 3}}, Activation::kRelu6).Conv2d(8, {}).Add(stem);
  const std::string features = tester.value();
  tester.Conv2d(kClasses, {}).Output("map");
  tester.From(features).GlobalAveragePool().Conv2d(10, {}).Output("scores");
  return tester;
}

MetalFixture::MetalFixture(const MetalOptions& options)
    : session(
          MakeMetalRunner(program, Stretch(), options), Stretch(),
          [this](FrameResult result) { results.Add(std::move(result)); },
          [this] { results.Close(); }) {
  Random random(5);
  for (int i = 0; i < 8; ++i) {
    pictures.emplace_back(20 * 30 * 3);
    for (uint8_t& byte : pictures.back()) {
      byte = static_cast<uint8_t>(random.Integer(0, 255));
    }
  }
}

const std::vector<NamedTensor>& Tensors(const FrameResult& result) {
  return std::get<std::vector<NamedTensor>>(result.answer);
}

ReferenceSession::ReferenceSession(const Program& program)
    : session(
          MakeExecutorRunner({MakeReferenceExecutor(program)}, Stretch()), Stretch(),
          [this](FrameResult result) { results.Add(std::move(result)); }, [] {}) {}

FrameResult ReferenceSession::Answer(const Frame& frame, const Request& request) {
  const size_t before = results.size();
  session.Enqueue(before, frame, request);
  return results.WaitFor(before + 1).back();
}

}  // namespace mobilenet::test

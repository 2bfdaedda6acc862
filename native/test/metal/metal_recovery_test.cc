// Errors of the GPU, and GPUs that go away.
#include <doctest/doctest.h>

#include <vector>

#include "control.h"
#include "core/error.h"
#include "metal_session_tester.h"

namespace mobilenet::test {
namespace {

// Values of MTLCommandBufferError.
constexpr long kTimeout = 2;
constexpr long kOutOfMemory = 8;

TEST_CASE("a frame that finds no memory fails alone") {
  const FreshDouble reset;
  apple_double::DeviceSpec small = apple_double::UnifiedDevice();
  small.memory = size_t{1} << 20;
  apple_double::SetDevices({small});
  MetalFixture fixture({.frames_in_flight = 1, .batch_size = 2});
  std::vector<uint8_t> large(2000 * 3000);
  SegmentationRequest request;
  request.picture = Original{{2000, 3000}, {0, 0, 3000, 2000}};
  request.maps = {large, {}};
  for (uint64_t id = 0; id < 9; id += 3) {
    apple_double::HoldCommandBuffers();
    fixture.Enqueue(id);  // keeps the GPU, so that the next two go together
    fixture.Enqueue(id + 1);
    fixture.Enqueue(id + 2, request);
    apple_double::ReleaseCommandBuffers();
    const std::vector<FrameResult> results = fixture.results.WaitFor(id + 3);
    REQUIRE(results[id + 2].error.has_value());
    CHECK(results[id + 2].error->code() == ErrorCode::kOutOfMemory);
  }
  std::vector<uint8_t> map(20 * 30);
  request.picture = Original{{20, 30}, {0, 0, 30, 20}};
  request.maps = {map, {}};
  fixture.Enqueue(9, request);
  CHECK_FALSE(fixture.results.WaitFor(10)[9].error.has_value());
}

TEST_CASE("a GPU lost with a frame that nobody wanted is noticed") {
  const FreshDouble reset;
  MetalFixture fixture({.frames_in_flight = 1});
  apple_double::DeviceSpec next = apple_double::UnifiedDevice();
  next.registry_id = 5;
  apple_double::AddDevice(next);
  apple_double::HoldCommandBuffers();
  fixture.Enqueue(0);
  AwaitCommits(1);
  fixture.session.Cancel(0);
  fixture.results.WaitFor(1);
  apple_double::RemoveDeviceBySurprise(apple_double::UnifiedDevice().registry_id);
  apple_double::ReleaseCommandBuffers();
  fixture.Enqueue(1);
  CHECK_FALSE(fixture.results.WaitFor(2)[1].error.has_value());
}

TEST_CASE("an error of the GPU rejects its frame, and the next one works") {
  const FreshDouble reset;
  MetalFixture fixture({.frames_in_flight = 2});
  for (const long code : {kTimeout, kOutOfMemory}) {
    CAPTURE(code);
    const size_t before = fixture.results.size();
    apple_double::FailNextCommandBuffer(code);
    fixture.Enqueue(before);
    const FrameResult failed = fixture.results.WaitFor(before + 1).back();
    REQUIRE(failed.error.has_value());
    CHECK(failed.error->code() ==
          (code == kTimeout ? ErrorCode::kDeviceLost : ErrorCode::kOutOfMemory));
    fixture.Enqueue(before + 1);
    CHECK_FALSE(fixture.results.WaitFor(before + 2).back().error.has_value());
  }
}

TEST_CASE("errors in the middle of many frames lose those frames alone") {
  const FreshDouble reset;
  MetalFixture fixture({.frames_in_flight = 3, .batch_size = 2});
  apple_double::FailEveryCommandBuffer(4, kTimeout);
  for (uint64_t id = 0; id < 100; ++id) {
    fixture.Enqueue(id);
  }
  size_t failed = 0;
  const std::vector<FrameResult> results = fixture.results.WaitFor(100);
  for (uint64_t id = 0; id < 100; ++id) {
    CHECK(results[id].id == id);
    failed += results[id].error.has_value() ? 1 : 0;
  }
  CHECK(failed > 10);
  CHECK(failed < 60);
}

TEST_CASE("a GPU that is taken away is left for another") {
  const FreshDouble reset;
  apple_double::DeviceSpec external = apple_double::DiscreteDevice();
  external.removable = true;
  apple_double::SetDevices({external, apple_double::UnifiedDevice()});
  MetalFixture fixture;
  fixture.Enqueue(0);
  CHECK_FALSE(fixture.results.WaitFor(1)[0].error.has_value());

  // Pulled in the middle of a frame: that one is lost.
  apple_double::HoldCommandBuffers();
  fixture.Enqueue(1);
  AwaitCommits(2);
  apple_double::RemoveDeviceBySurprise(external.registry_id);
  apple_double::ReleaseCommandBuffers();
  const FrameResult lost = fixture.results.WaitFor(2)[1];
  REQUIRE(lost.error.has_value());
  CHECK(lost.error->code() == ErrorCode::kDeviceLost);
  fixture.Enqueue(2);
  CHECK_FALSE(fixture.results.WaitFor(3)[2].error.has_value());
  CHECK(apple_double::LiveBytes(external.registry_id) == 0);
}

TEST_CASE("a GPU that was asked for by its id is not replaced") {
  const FreshDouble reset;
  apple_double::DeviceSpec external = apple_double::DiscreteDevice();
  external.removable = true;
  apple_double::SetDevices({apple_double::UnifiedDevice(), external});
  MetalFixture fixture({.registry_id = external.registry_id});
  fixture.Enqueue(0);
  CHECK_FALSE(fixture.results.WaitFor(1)[0].error.has_value());
  apple_double::RemoveDevice(external.registry_id);
  apple_double::WaitUntilIdle();
  for (uint64_t id = 1; id < 4; ++id) {
    fixture.Enqueue(id);
    const FrameResult result = fixture.results.WaitFor(id + 1)[id];
    REQUIRE(result.error.has_value());
    CHECK((result.error->code() == ErrorCode::kDeviceLost ||
           result.error->code() == ErrorCode::kNoDevice));
  }
  CHECK(fixture.results.WaitFor(4).back().error->code() == ErrorCode::kNoDevice);
  // It comes back, and so does the session.
  apple_double::AddDevice(external);
  apple_double::WaitUntilIdle();
  fixture.Enqueue(4);
  CHECK_FALSE(fixture.results.WaitFor(5)[4].error.has_value());
}

}  // namespace
}  // namespace mobilenet::test

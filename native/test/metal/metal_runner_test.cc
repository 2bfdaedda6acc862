#include "metal/metal_runner.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <thread>
#include <vector>

#include "control.h"
#include "core/error.h"
#include "metal/metal_device.h"
#include "metal_session_tester.h"
#include "runtime/live_objects.h"
#include "session_contention.h"

namespace mobilenet::test {
namespace {

TEST_CASE("frames in flight come back in order and right") {
  const FreshDouble reset;
  for (const MetalOptions& options :
       {MetalOptions{.precision = MetalPrecision::kFloat32, .frames_in_flight = 1},
        MetalOptions{.precision = MetalPrecision::kFloat32, .frames_in_flight = 3},
        MetalOptions{.precision = MetalPrecision::kFloat32, .frames_in_flight = 2, .batch_size = 4},
        MetalOptions{.precision = MetalPrecision::kFloat16}}) {
    CAPTURE(options.frames_in_flight);
    CAPTURE(options.batch_size);
    MetalFixture fixture(options);
    for (uint64_t id = 0; id < 40; ++id) {
      fixture.Enqueue(id);
    }
    const std::vector<FrameResult> results = fixture.results.WaitFor(40);
    ReferenceSession judge(fixture.program);
    const double tolerance = options.precision == MetalPrecision::kFloat32 ? 1e-5 : 1e-2;
    for (uint64_t id = 0; id < 40; ++id) {
      REQUIRE_FALSE(results[id].error.has_value());
      CHECK(results[id].id == id);
      const FrameResult expected =
          judge.Answer(fixture.FrameOf(id), Request(OutputsRequest{{0, 1}}));
      for (size_t output = 0; output < 2; ++output) {
        CHECK(RelativeDifference(Tensors(expected)[output].values,
                                 Tensors(results[id])[output].values) < tolerance);
      }
    }
  }
  CHECK(apple_double::WaitCalls() == 0);
}

TEST_CASE("frames that wait share command buffers") {
  const FreshDouble reset;
  MetalFixture fixture({.frames_in_flight = 1, .batch_size = 4});
  apple_double::HoldCommandBuffers();
  for (uint64_t id = 0; id < 9; ++id) {
    fixture.Enqueue(id);
  }
  apple_double::ReleaseCommandBuffers();
  fixture.results.WaitFor(9);
  // The first began alone or with some; the rest went in fours.
  CHECK(apple_double::CommittedCommandBuffers() <= 4);
}

TEST_CASE("the next frames are begun before the first has ended") {
  const FreshDouble reset;
  MetalFixture fixture({.frames_in_flight = 3});
  apple_double::HoldCommandBuffers();
  for (uint64_t id = 0; id < 5; ++id) {
    fixture.Enqueue(id);
  }
  AwaitCommits(3);
  CHECK(apple_double::CommittedCommandBuffers() == 3);
  CHECK(fixture.results.size() == 0);
  apple_double::ReleaseCommandBuffers();
  CHECK(fixture.results.WaitFor(5).size() == 5);
}

TEST_CASE("class maps of the GPU are the processor's") {
  const FreshDouble reset;
  MetalFixture fixture({.precision = MetalPrecision::kFloat32});
  ReferenceSession judge(fixture.program);
  struct Maps {
    std::vector<uint8_t> classes;
    std::vector<uint8_t> confidence;
  };
  uint64_t id = 0;
  for (const int rotation : {0, 90, 180, 270}) {
    for (const bool whole : {true, false}) {
      for (const bool input_size : {false, true}) {
        CAPTURE(rotation);
        CAPTURE(whole);
        CAPTURE(input_size);
        Frame frame = fixture.FrameOf(id);
        frame.rotation = rotation;
        if (!whole) {
          frame.region = {3, 2, 20, 15};
        }
        const size_t pixels = input_size ? kSide * kSide : 30 * 20;
        Maps gpu{std::vector<uint8_t>(pixels), std::vector<uint8_t>(pixels)};
        Maps cpu = gpu;
        SegmentationRequest request;
        request.output = 0;
        if (!input_size) {
          request.picture = Original{{20, 30}, frame.region};
        }
        request.maps = {gpu.classes, gpu.confidence};
        fixture.session.Enqueue(id, frame, request);
        const FrameResult actual = fixture.results.WaitFor(id + 1)[id];
        request.maps = {cpu.classes, cpu.confidence};
        const FrameResult expected = judge.Answer(frame, request);
        REQUIRE_FALSE(actual.error.has_value());
        CHECK(gpu.classes == cpu.classes);
        CHECK(std::get<Segmentation>(actual.answer).pixel_counts ==
              std::get<Segmentation>(expected.answer).pixel_counts);
        CHECK(std::get<Segmentation>(actual.answer).content ==
              std::get<Segmentation>(expected.answer).content);
        int largest = 0;
        for (size_t i = 0; i < pixels; ++i) {
          largest = std::max(largest, std::abs(gpu.confidence[i] - cpu.confidence[i]));
        }
        CHECK(largest <= 1);
        ++id;
      }
    }
  }
}

TEST_CASE("a GPU that shares memory and is not Apple's works too") {
  const FreshDouble reset;
  apple_double::DeviceSpec intel = apple_double::UnifiedDevice();
  intel.low_power = true;
  apple_double::SetDevices({intel});
  MetalFixture fixture({.precision = MetalPrecision::kFloat32});
  ReferenceSession judge(fixture.program);
  for (uint64_t id = 0; id < 5; ++id) {
    fixture.Enqueue(id);
    const FrameResult actual = fixture.results.WaitFor(id + 1)[id];
    REQUIRE_FALSE(actual.error.has_value());
    const FrameResult expected = judge.Answer(fixture.FrameOf(id), OutputsRequest{{0, 1}});
    CHECK(RelativeDifference(Tensors(expected)[0].values, Tensors(actual)[0].values) < 1e-5);
  }
}

TEST_CASE("maps too large for the GPU's buffers are made by the processor") {
  const FreshDouble reset;
  apple_double::DeviceSpec small = apple_double::UnifiedDevice();
  small.max_buffer_length = 30000;
  apple_double::SetDevices({small});
  MetalFixture fixture({.precision = MetalPrecision::kFloat32});
  std::vector<uint8_t> map(200 * 300);
  SegmentationRequest request;
  request.picture = Original{{200, 300}, {0, 0, 300, 200}};
  request.maps = {map, {}};
  fixture.Enqueue(0, request);
  const FrameResult result = fixture.results.WaitFor(1)[0];
  REQUIRE_FALSE(result.error.has_value());
  const auto& counts = std::get<Segmentation>(result.answer).pixel_counts;
  uint64_t sum = 0;
  for (const uint64_t count : counts) {
    sum += count;
  }
  CHECK(sum == map.size());
}

TEST_CASE("a frame in flight that nobody wants is answered at once") {
  const FreshDouble reset;
  MetalFixture fixture({.frames_in_flight = 2});
  apple_double::HoldCommandBuffers();
  for (uint64_t id = 0; id < 4; ++id) {
    fixture.Enqueue(id);
  }
  CHECK(fixture.session.Cancel(0));
  CHECK(fixture.session.Cancel(3));
  const std::vector<FrameResult> early = fixture.results.WaitFor(2);
  for (const FrameResult& result : early) {
    REQUIRE(result.error.has_value());
    CHECK(result.error->code() == ErrorCode::kAborted);
    CHECK((result.id == 0 || result.id == 3));
  }
  apple_double::ReleaseCommandBuffers();
  const std::vector<FrameResult> all = fixture.results.WaitFor(4);
  CHECK_FALSE(all[2].error.has_value());
  CHECK_FALSE(all[3].error.has_value());
}

TEST_CASE("closing with frames in flight answers all and ends when the GPU has") {
  const FreshDouble reset;
  MetalFixture fixture({.frames_in_flight = 3});
  apple_double::HoldCommandBuffers();
  for (uint64_t id = 0; id < 6; ++id) {
    fixture.Enqueue(id);
  }
  fixture.session.BeginClose();
  for (const FrameResult& result : fixture.results.WaitFor(6)) {
    REQUIRE(result.error.has_value());
    CHECK(result.error->code() == ErrorCode::kDisposed);
  }
  apple_double::ReleaseCommandBuffers();
  fixture.results.WaitUntilClosed();
}

TEST_CASE("a thousand frames leave nothing behind") {
  const FreshDouble reset;
  const long objects = LiveObjects();
  const uint64_t device = apple_double::UnifiedDevice().registry_id;
  {
    MetalFixture fixture({.frames_in_flight = 3, .batch_size = 2});
    std::vector<uint8_t> map(30 * 20);
    size_t after_some = 0;
    for (uint64_t id = 0; id < 1000; ++id) {
      if (id % 2 == 0) {
        fixture.Enqueue(id);
      } else {
        SegmentationRequest request;
        request.picture = Original{{20, 30}, {0, 0, 30, 20}};
        request.maps = {map, {}};
        fixture.results.WaitFor(id);  // the map is one for all
        fixture.Enqueue(id, request);
      }
      if (id == 100) {
        fixture.results.WaitFor(id + 1);
        apple_double::WaitUntilIdle();
        after_some = apple_double::LiveBytes(device);
      }
    }
    for (const FrameResult& result : fixture.results.WaitFor(1000)) {
      CHECK_FALSE(result.error.has_value());
    }
    apple_double::WaitUntilIdle();
    // Places come into use as chance has it. A leak would be of 900 frames.
    CHECK(apple_double::LiveBytes(device) <= after_some + 16384);
  }
  apple_double::WaitUntilIdle();
  CHECK(apple_double::LiveBytes(device) == 0);
  CHECK(LiveObjects() == objects);
  // MPS's own cache: held for a second after the last frame, not for five.
  for (int i = 0; i < 30 && apple_double::HeapCacheBytes(device) > 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  CHECK(apple_double::HeapCacheBytes(device) == 0);
  CHECK(apple_double::AbandonedEncoders() == 0);
  CHECK(apple_double::WaitCalls() == 0);
}

TEST_CASE("four sessions work on four threads") {
  const FreshDouble reset;
  std::vector<std::jthread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&good, t] {
      for (int round = 0; round < 3; ++round) {
        MetalFixture fixture(
            {.precision = t % 2 == 0 ? MetalPrecision::kFloat16 : MetalPrecision::kFloat32,
             .frames_in_flight = 1 + static_cast<size_t>(t)});
        for (uint64_t id = 0; id < 20; ++id) {
          fixture.Enqueue(id);
        }
        if (round == 1) {
          fixture.session.BeginClose();
        }
        for (const FrameResult& result : fixture.results.WaitFor(20)) {
          good += result.error.has_value() && round != 1 ? 0 : 1;
        }
      }
    });
  }
  threads.clear();
  CHECK(good == 4 * 3 * 20);
}

TEST_CASE("every frame completes exactly once, whoever enqueues, cancels and closes") {
  const FreshDouble reset;
  for (int round = 0; round < 10; ++round) {
    MetalFixture fixture({.frames_in_flight = 3, .batch_size = 2});
    const size_t accepted =
        EnqueueCancelAndClose(fixture.session, fixture.results, 60, static_cast<size_t>(round),
                              [&](uint64_t id) { fixture.Enqueue(id); });
    fixture.session.Close();
    std::map<uint64_t, int> times;
    for (const FrameResult& result : fixture.results.WaitFor(accepted)) {
      CHECK(++times[result.id] == 1);
    }
    CHECK(fixture.results.size() == accepted);
  }
}

TEST_CASE("devices are listed, the preferred one first") {
  const FreshDouble reset;
  apple_double::DeviceSpec hidden = apple_double::UnifiedDevice();
  hidden.registry_id = 7;
  hidden.supports_mps = false;
  apple_double::SetDevices({apple_double::DiscreteDevice(), apple_double::UnifiedDevice(), hidden});
  const std::vector<MetalDevice> devices = MetalDevices();
  REQUIRE(devices.size() == 2);
  CHECK(devices[0].registry_id == apple_double::DiscreteDevice().registry_id);
  CHECK_FALSE(devices[0].unified_memory);
  CHECK(devices[1].unified_memory);
  CHECK(devices[1].working_set_bytes == apple_double::UnifiedDevice().recommended_working_set);
  apple_double::SetDevices({});
  CHECK(MetalDevices().empty());
}

TEST_CASE("options out of range are refused") {
  const FreshDouble reset;
  const GraphTester tester = SmallNetwork();
  const Program program = tester.Compile();
  for (const MetalOptions& options :
       {MetalOptions{.frames_in_flight = 0}, MetalOptions{.frames_in_flight = 17},
        MetalOptions{.batch_size = 0}, MetalOptions{.batch_size = 65}}) {
    CHECK_THROWS_AS(MakeMetalRunner(program, Stretch(), options), Error);
  }
  CHECK_THROWS_AS(MakeMetalRunner(program, Stretch(), {.registry_id = 99}), Error);
  ModelRecord other = Stretch();
  other.preprocessing.size = {kSide, kSide + 1};
  CHECK_THROWS_AS(MakeMetalRunner(program, other, {}), Error);
}

}  // namespace
}  // namespace mobilenet::test

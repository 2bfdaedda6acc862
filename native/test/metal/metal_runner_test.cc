#include "metal/metal_runner.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "control.h"
#include "core/error.h"
#include "core/executor_runner.h"
#include "core/reference_executor.h"
#include "core/session.h"
#include "graph_tester.h"
#include "metal/metal_device.h"
#include "runtime/live_objects.h"

namespace mobilenet::test {
namespace {

constexpr int32_t kSide = 16;
constexpr int32_t kClasses = 5;

// Values of MTLCommandBufferError.
constexpr long kTimeout = 2;
constexpr long kOutOfMemory = 8;

// The double as it is at first, and again afterwards.
struct Double {
  Double() { apple_double::Reset(); }
  Double(const Double&) = delete;
  Double& operator=(const Double&) = delete;
  ~Double() { apple_double::Reset(); }
};

ModelRecord Stretch() {
  ModelRecord record;
  record.preprocessing.size = {kSide, kSide};
  record.preprocessing.scale = {1 / 127.5f, 1 / 127.5f, 1 / 127.5f};
  record.preprocessing.offset = {-1, -1, -1};
  return record;
}

// A stem, a residual block, a class for each pixel and scores: the first output is the map's.
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

class Results {
 public:
  void Add(FrameResult result) {
    const std::lock_guard lock(mutex_);
    results_.push_back(std::move(result));
    changed_.notify_all();
  }
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }
  std::vector<FrameResult> WaitFor(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return results_.size() >= count; });
    return results_;
  }
  void WaitUntilClosed() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_; });
  }
  size_t size() {
    const std::lock_guard lock(mutex_);
    return results_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<FrameResult> results_;
  bool closed_ = false;
};

// A session with the pictures to feed it.
struct Fixture {
  GraphTester tester = SmallNetwork();
  Program program = tester.Compile();
  Results results;
  std::vector<std::vector<uint8_t>> pictures;
  Session session;

  explicit Fixture(const MetalOptions& options = {})
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

  Frame FrameOf(uint64_t id) const {
    return {{pictures[id % pictures.size()], 30, 20}, {0, 0, 30, 20}, 0};
  }
  void Enqueue(uint64_t id, const Request& request = OutputsRequest{{0, 1}}) {
    session.Enqueue(id, FrameOf(id), request);
  }
};

const std::vector<NamedTensor>& Tensors(const FrameResult& result) {
  return std::get<std::vector<NamedTensor>>(result.answer);
}

// What the reference executor says to the same frames.
struct Judge {
  Results results;
  Session session;

  explicit Judge(const Program& program)
      : session(
            MakeExecutorRunner(MakeReferenceExecutor(program), Stretch()), Stretch(),
            [this](FrameResult result) { results.Add(std::move(result)); }, [] {}) {}

  FrameResult Answer(const Frame& frame, const Request& request) {
    const size_t before = results.size();
    session.Enqueue(before, frame, request);
    return results.WaitFor(before + 1).back();
  }
};

TEST_CASE("frames in flight come back in order and right") {
  const Double reset;
  for (const MetalOptions& options :
       {MetalOptions{.precision = MetalPrecision::kFloat32, .frames_in_flight = 1},
        MetalOptions{.precision = MetalPrecision::kFloat32, .frames_in_flight = 3},
        MetalOptions{.precision = MetalPrecision::kFloat32, .frames_in_flight = 2, .batch_size = 4},
        MetalOptions{.precision = MetalPrecision::kFloat16}}) {
    CAPTURE(options.frames_in_flight);
    CAPTURE(options.batch_size);
    Fixture fixture(options);
    for (uint64_t id = 0; id < 40; ++id) {
      fixture.Enqueue(id);
    }
    const std::vector<FrameResult> results = fixture.results.WaitFor(40);
    Judge judge(fixture.program);
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
  const Double reset;
  Fixture fixture({.frames_in_flight = 1, .batch_size = 4});
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
  const Double reset;
  Fixture fixture({.frames_in_flight = 3});
  apple_double::HoldCommandBuffers();
  for (uint64_t id = 0; id < 5; ++id) {
    fixture.Enqueue(id);
  }
  for (int i = 0; i < 2000 && apple_double::CommittedCommandBuffers() < 3; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(apple_double::CommittedCommandBuffers() == 3);
  CHECK(fixture.results.size() == 0);
  apple_double::ReleaseCommandBuffers();
  CHECK(fixture.results.WaitFor(5).size() == 5);
}

TEST_CASE("class maps of the GPU are the processor's") {
  const Double reset;
  Fixture fixture({.precision = MetalPrecision::kFloat32});
  Judge judge(fixture.program);
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
  const Double reset;
  apple_double::DeviceSpec intel = apple_double::UnifiedDevice();
  intel.low_power = true;
  apple_double::SetDevices({intel});
  Fixture fixture({.precision = MetalPrecision::kFloat32});
  Judge judge(fixture.program);
  for (uint64_t id = 0; id < 5; ++id) {
    fixture.Enqueue(id);
    const FrameResult actual = fixture.results.WaitFor(id + 1)[id];
    REQUIRE_FALSE(actual.error.has_value());
    const FrameResult expected = judge.Answer(fixture.FrameOf(id), OutputsRequest{{0, 1}});
    CHECK(RelativeDifference(Tensors(expected)[0].values, Tensors(actual)[0].values) < 1e-5);
  }
}

TEST_CASE("a frame that finds no memory fails alone") {
  const Double reset;
  apple_double::DeviceSpec small = apple_double::UnifiedDevice();
  small.memory = size_t{1} << 20;
  apple_double::SetDevices({small});
  Fixture fixture({.frames_in_flight = 1, .batch_size = 2});
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
  const Double reset;
  Fixture fixture({.frames_in_flight = 1});
  apple_double::DeviceSpec next = apple_double::UnifiedDevice();
  next.registry_id = 5;
  apple_double::AddDevice(next);
  apple_double::HoldCommandBuffers();
  fixture.Enqueue(0);
  for (int i = 0; i < 2000 && apple_double::CommittedCommandBuffers() < 1; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  fixture.session.Cancel(0);
  fixture.results.WaitFor(1);
  apple_double::RemoveDeviceBySurprise(apple_double::UnifiedDevice().registry_id);
  apple_double::ReleaseCommandBuffers();
  fixture.Enqueue(1);
  CHECK_FALSE(fixture.results.WaitFor(2)[1].error.has_value());
}

TEST_CASE("maps too large for the GPU's buffers are made by the processor") {
  const Double reset;
  apple_double::DeviceSpec small = apple_double::UnifiedDevice();
  small.max_buffer_length = 30000;
  apple_double::SetDevices({small});
  Fixture fixture({.precision = MetalPrecision::kFloat32});
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
  const Double reset;
  Fixture fixture({.frames_in_flight = 2});
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
  const Double reset;
  Fixture fixture({.frames_in_flight = 3});
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

TEST_CASE("an error of the GPU rejects its frame, and the next one works") {
  const Double reset;
  Fixture fixture({.frames_in_flight = 2});
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
  const Double reset;
  Fixture fixture({.frames_in_flight = 3, .batch_size = 2});
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
  const Double reset;
  apple_double::DeviceSpec external = apple_double::DiscreteDevice();
  external.removable = true;
  apple_double::SetDevices({external, apple_double::UnifiedDevice()});
  Fixture fixture;
  fixture.Enqueue(0);
  CHECK_FALSE(fixture.results.WaitFor(1)[0].error.has_value());

  // Pulled in the middle of a frame: that one is lost.
  apple_double::HoldCommandBuffers();
  fixture.Enqueue(1);
  for (int i = 0; i < 2000 && apple_double::CommittedCommandBuffers() < 2; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
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
  const Double reset;
  apple_double::DeviceSpec external = apple_double::DiscreteDevice();
  external.removable = true;
  apple_double::SetDevices({apple_double::UnifiedDevice(), external});
  Fixture fixture({.registry_id = external.registry_id});
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

TEST_CASE("a thousand frames leave nothing behind") {
  const Double reset;
  const long objects = LiveObjects();
  const uint64_t device = apple_double::UnifiedDevice().registry_id;
  {
    Fixture fixture({.frames_in_flight = 3, .batch_size = 2});
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
  const Double reset;
  std::vector<std::jthread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&good, t] {
      for (int round = 0; round < 3; ++round) {
        Fixture fixture(
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
  const Double reset;
  for (int round = 0; round < 10; ++round) {
    Fixture fixture({.frames_in_flight = 3, .batch_size = 2});
    std::atomic<size_t> accepted{0};
    const auto produce = [&](uint64_t first) {
      for (uint64_t id = first; id < first + 60; ++id) {
        try {
          fixture.Enqueue(id);
          ++accepted;
        } catch (const Error& error) {
          CHECK(error.code() == ErrorCode::kDisposed);
        }
        if (id % 3 == 0) {
          fixture.session.Cancel(id - (id % 7));
        }
      }
    };
    {
      const std::jthread one(produce, 1000);
      const std::jthread two(produce, 2000);
      const std::jthread three([&] {
        fixture.results.WaitFor(static_cast<size_t>(round));
        fixture.session.BeginClose();
      });
    }
    fixture.session.Close();
    std::map<uint64_t, int> times;
    for (const FrameResult& result : fixture.results.WaitFor(accepted)) {
      CHECK(++times[result.id] == 1);
    }
    CHECK(fixture.results.size() == accepted);
  }
}

TEST_CASE("devices are listed, the preferred one first") {
  const Double reset;
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
  const Double reset;
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

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "metal_support.h"

using namespace apple_double_test;  // NOLINT(google-build-using-namespace)

namespace {

// Blits cannot be told apart, but handlers can: a list that several threads write.
class Log {
 public:
  void Add(int entry) {
    const std::lock_guard lock(mutex_);
    entries_.push_back(entry);
    threads_.insert(std::this_thread::get_id());
  }
  std::vector<int> Entries() {
    const std::lock_guard lock(mutex_);
    return entries_;
  }
  std::set<std::thread::id> Threads() {
    const std::lock_guard lock(mutex_);
    return threads_;
  }

 private:
  std::mutex mutex_;
  std::vector<int> entries_;
  std::set<std::thread::id> threads_;
};

void LogCompletion(id<MTLCommandBuffer> command_buffer, const std::shared_ptr<Log>& log,
                   int entry) {
  [command_buffer addCompletedHandler:^(id<MTLCommandBuffer> done) {
    log->Add(entry);
  }];
}

}  // namespace

TEST_CASE("metal command buffers: states") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    id<MTLCommandQueue> queue = [device newCommandQueue];
    queue.label = @"queue";
    id<MTLCommandBuffer> command_buffer = [queue commandBuffer];
    command_buffer.label = @"one";
    CHECK((command_buffer.device == device));
    CHECK((command_buffer.commandQueue == queue));
    CHECK(command_buffer.status == MTLCommandBufferStatusNotEnqueued);
    [command_buffer enqueue];
    CHECK(command_buffer.status == MTLCommandBufferStatusEnqueued);
    apple_double::HoldCommandBuffers();
    auto log = std::make_shared<Log>();
    [command_buffer addScheduledHandler:^(id<MTLCommandBuffer> scheduled) {
      log->Add(static_cast<int>(scheduled.status));
    }];
    LogCompletion(command_buffer, log, 100);
    [command_buffer commit];
    CHECK(command_buffer.status >= MTLCommandBufferStatusCommitted);
    CHECK(command_buffer.status <= MTLCommandBufferStatusScheduled);
    [command_buffer waitUntilScheduled];
    CHECK(log->Entries() == std::vector<int>{MTLCommandBufferStatusScheduled});
    apple_double::ReleaseCommandBuffers();
    apple_double::WaitUntilIdle();
    CHECK(command_buffer.status == MTLCommandBufferStatusCompleted);
    CHECK((command_buffer.error == nil));
    CHECK(command_buffer.GPUEndTime >= command_buffer.GPUStartTime);
    CHECK(log->Entries() == std::vector<int>{MTLCommandBufferStatusScheduled, 100});
  }
}

TEST_CASE(
    "metal command buffers: handlers run in order, on several threads that are not the caller's") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLCommandQueue> queue = [MTLCreateSystemDefaultDevice() newCommandQueue];
    auto log = std::make_shared<Log>();
    for (int i = 0; i < 12; ++i) {
      id<MTLCommandBuffer> command_buffer = [queue commandBuffer];
      LogCompletion(command_buffer, log, 2 * i);
      LogCompletion(command_buffer, log, 2 * i + 1);
      [command_buffer commit];
    }
    apple_double::WaitUntilIdle();
    const auto entries = log->Entries();
    REQUIRE(entries.size() == 24);
    for (size_t i = 0; i < entries.size(); ++i) {
      CHECK(entries[i] == static_cast<int>(i));
    }
    CHECK(log->Threads().size() >= 2);
    CHECK(log->Threads().count(std::this_thread::get_id()) == 0);
  }
}

TEST_CASE("metal command buffers: no thread is the handlers' own") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLCommandQueue> queue = [MTLCreateSystemDefaultDevice() newCommandQueue];
    std::vector<std::thread::id> threads;
    for (int i = 0; i < 6; ++i) {
      auto log = std::make_shared<Log>();
      id<MTLCommandBuffer> command_buffer = [queue commandBuffer];
      LogCompletion(command_buffer, log, i);
      [command_buffer commit];
      apple_double::WaitUntilIdle();
      threads.push_back(*log->Threads().begin());
    }
    for (size_t i = 1; i < threads.size(); ++i) {
      CHECK(threads[i] != threads[i - 1]);
    }
  }
}

TEST_CASE("metal command buffers: enqueued ones run in the order they were enqueued") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLCommandQueue> queue = [MTLCreateSystemDefaultDevice() newCommandQueue];
    auto log = std::make_shared<Log>();
    id<MTLCommandBuffer> first = [queue commandBuffer];
    id<MTLCommandBuffer> second = [queue commandBuffer];
    LogCompletion(first, log, 1);
    LogCompletion(second, log, 2);
    [first enqueue];
    [second commit];
    apple_double::WaitUntilIdle();
    CHECK(log->Entries().empty());
    [first commit];
    apple_double::WaitUntilIdle();
    CHECK(log->Entries() == std::vector<int>{1, 2});
  }
}

TEST_CASE("metal command buffers: one that is enqueued and given up holds up nobody") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLCommandQueue> queue = [MTLCreateSystemDefaultDevice() newCommandQueue];
    @autoreleasepool {
      [[queue commandBuffer] enqueue];
    }
    id<MTLCommandBuffer> second = [queue commandBuffer];
    CommitAndWait(second);
    CHECK(second.status == MTLCommandBufferStatusCompleted);
  }
}

TEST_CASE("metal command buffers: one encoder at a time") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(MTLCreateSystemDefaultDevice());
    id<MTLComputeCommandEncoder> encoder = [command_buffer computeCommandEncoder];
    CHECK(Raises([&] { [command_buffer blitCommandEncoder]; }, "open"));
    CHECK(Raises([&] { [command_buffer commit]; }, "open encoder"));
    [encoder pushDebugGroup:@"group"];
    CHECK(Raises([&] { [encoder endEncoding]; }, "debug group"));
    [encoder popDebugGroup];
    CHECK(Raises([&] { [encoder popDebugGroup]; }, "popDebugGroup"));
    [encoder endEncoding];
    CHECK(Raises([&] { [encoder endEncoding]; }, "ended"));
    CHECK(Raises([&] { [encoder setTexture:nil atIndex:0]; }, "ended"));
    [[command_buffer blitCommandEncoder] endEncoding];
    CommitAndWait(command_buffer);
  }
}

TEST_CASE("metal command buffers: an encoder that was released without endEncoding is found out") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(MTLCreateSystemDefaultDevice());
    @autoreleasepool {
      [[command_buffer blitCommandEncoder] pushDebugGroup:@"lost"];
    }
    CHECK(apple_double::AbandonedEncoders() == 1);
    CHECK(Raises([&] { [command_buffer commit]; }, "endEncoding"));
  }
}

TEST_CASE("metal command buffers: nothing after commit") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(MTLCreateSystemDefaultDevice());
    CommitAndWait(command_buffer);
    CHECK(Raises([&] { [command_buffer commit]; }, "after commit"));
    CHECK(Raises([&] { [command_buffer enqueue]; }, "after commit"));
    CHECK(Raises([&] { [command_buffer computeCommandEncoder]; }, "after commit"));
    CHECK(Raises([&] { [command_buffer blitCommandEncoder]; }, "after commit"));
    CHECK(Raises(
        [&] {
          [command_buffer addCompletedHandler:^(id<MTLCommandBuffer> done){
          }];
        },
        "after commit"));
    CHECK(Raises(
        [&] {
          [command_buffer addScheduledHandler:^(id<MTLCommandBuffer> done){
          }];
        },
        "after commit"));
  }
}

TEST_CASE("metal command buffers: faults") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLCommandQueue> queue = [MTLCreateSystemDefaultDevice() newCommandQueue];
    const auto run = [&]() -> long {
      id<MTLCommandBuffer> command_buffer = [queue commandBuffer];
      auto in_handler = std::make_shared<std::atomic<long>>(-1);
      [command_buffer addCompletedHandler:^(id<MTLCommandBuffer> done) {
        *in_handler = done.error.code;
      }];
      CommitAndWait(command_buffer);
      CHECK(*in_handler == command_buffer.error.code);
      CHECK((command_buffer.error == nil) ==
            (command_buffer.status == MTLCommandBufferStatusCompleted));
      if (command_buffer.error != nil) {
        CHECK(command_buffer.status == MTLCommandBufferStatusError);
        CHECK([command_buffer.error.domain isEqualToString:MTLCommandBufferErrorDomain]);
        CHECK(command_buffer.error.localizedDescription.length > 0);
      }
      return command_buffer.error.code;
    };
    CHECK(run() == 0);
    apple_double::FailNextCommandBuffer(MTLCommandBufferErrorOutOfMemory);
    CHECK(run() == MTLCommandBufferErrorOutOfMemory);
    CHECK(run() == 0);
    apple_double::FailCommandBufferNumber(2, MTLCommandBufferErrorPageFault);
    CHECK(run() == 0);
    CHECK(run() == MTLCommandBufferErrorPageFault);
    CHECK(run() == 0);
    apple_double::FailEveryCommandBuffer(2, MTLCommandBufferErrorTimeout);
    const long first = run();
    const long second = run();
    CHECK(first + second == MTLCommandBufferErrorTimeout);
    CHECK(apple_double::CommittedCommandBuffers() == 8);
  }
}

TEST_CASE("metal command buffers: a slow GPU") {
  FreshDouble fresh;
  @autoreleasepool {
    apple_double::SetCommandBufferDelay(std::chrono::milliseconds(30));
    const auto start = std::chrono::steady_clock::now();
    CommitAndWait(NewCommandBuffer(MTLCreateSystemDefaultDevice()));
    CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(30));
  }
}

TEST_CASE("metal command buffers: waitUntilCompleted works and is counted") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(MTLCreateSystemDefaultDevice());
    auto log = std::make_shared<Log>();
    LogCompletion(command_buffer, log, 1);
    CHECK(Raises([&] { [command_buffer waitUntilCompleted]; }, "never end"));
    apple_double::Reset();
    [command_buffer commit];
    [command_buffer waitUntilCompleted];
    CHECK(command_buffer.status == MTLCommandBufferStatusCompleted);
    CHECK(log->Entries().size() == 1);
    CHECK(apple_double::WaitCalls() == 1);
  }
}

TEST_CASE("metal command buffers: a queue has only so many that are not done") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLCommandQueue> queue =
        [MTLCreateSystemDefaultDevice() newCommandQueueWithMaxCommandBufferCount:2];
    id<MTLCommandBuffer> first = [queue commandBuffer];
    id<MTLCommandBuffer> second = [queue commandBuffer];
    std::atomic<bool> got{false};
    std::thread third([&] {
      @autoreleasepool {
        got = [queue commandBuffer] != nil;
      }
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK_FALSE(got);
    [first commit];
    third.join();
    CHECK(got);
    CHECK((second != nil));
  }
}

TEST_CASE(
    "metal command buffers: work goes on when nobody keeps the buffer, its queue or its device") {
  FreshDouble fresh;
  auto log = std::make_shared<Log>();
  apple_double::HoldCommandBuffers();
  @autoreleasepool {
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(MTLCreateSystemDefaultDevice());
    LogCompletion(command_buffer, log, 1);
    [command_buffer commit];
    apple_double::SetDevices({});
  }
  apple_double::ReleaseCommandBuffers();
  apple_double::WaitUntilIdle();
  CHECK(log->Entries().size() == 1);
}

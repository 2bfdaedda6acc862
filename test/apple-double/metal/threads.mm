#include "threads.h"

#import <Foundation/Foundation.h>

#include <condition_variable>
#include <thread>
#include <utility>

#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#endif

namespace apple_double {

namespace {

// Makes what the runtime keeps for each thread, here for as long as the process lives:
// LeakSanitizer does not always find it in threads that wait while the process ends.
void PrepareThread() {
#if __has_feature(address_sanitizer)
  const __lsan::ScopedDisabler no_leaks;
#endif
  @autoreleasepool {
  }
}

// A command buffer takes two, one for its work and one for its handlers; the next one takes others.
constexpr size_t kFewestWorkers = 4;
}  // namespace

class ThreadPool::Worker {
 public:
  // Called with the pool's mutex held.
  void Give(std::function<void()> work) {
    work_ = std::move(work);
    given_.notify_one();
  }

  std::function<void()> Take(std::unique_lock<std::mutex>& lock) {
    given_.wait(lock, [this] { return work_ != nullptr; });
    return std::exchange(work_, nullptr);
  }

 private:
  std::function<void()> work_;
  std::condition_variable given_;
};

ThreadPool& ThreadPool::Shared() {
  static auto* pool = new ThreadPool;
  return *pool;
}

void ThreadPool::Post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (workers_ >= kFewestWorkers && !idle_.empty()) {
    Worker* worker = idle_.front();
    idle_.pop_front();
    worker->Give(std::move(work));
    return;
  }
  ++workers_;
  auto* worker = new Worker;
  worker->Give(std::move(work));
  std::thread([this, worker] { Run(*worker); }).detach();
}

void ThreadPool::Run(Worker& worker) {
  PrepareThread();
  std::unique_lock lock(mutex_);
  for (;;) {
    std::function<void()> work = worker.Take(lock);
    lock.unlock();
    @autoreleasepool {
      work();
      work = nullptr;
    }
    lock.lock();
    idle_.push_back(&worker);
    idle_changed_.notify_all();
  }
}

void ThreadPool::WaitUntilIdle() {
  std::unique_lock lock(mutex_);
  idle_changed_.wait(lock, [this] { return idle_.size() == workers_; });
}

void SerialLane::Post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(work));
    if (running_) {
      return;
    }
    running_ = true;
  }
  ThreadPool::Shared().Post([lane = shared_from_this()] { lane->RunOne(); });
}

void SerialLane::RunOne() {
  std::function<void()> work;
  {
    const std::lock_guard lock(mutex_);
    work = std::move(waiting_.front());
    waiting_.pop_front();
  }
  work();
  work = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      running_ = false;
      return;
    }
  }
  ThreadPool::Shared().Post([lane = shared_from_this()] { lane->RunOne(); });
}

}  // namespace apple_double

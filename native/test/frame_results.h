#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "core/session.h"

namespace mobilenet::test {

// Collects what a session answers, as the session's thread delivers it.
class FrameResults {
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

  void Await(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return results_.size() >= count; });
  }

  // All there are, once there are so many.
  std::vector<FrameResult> WaitFor(size_t count) {
    Await(count);
    const std::lock_guard lock(mutex_);
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

  bool closed() {
    const std::lock_guard lock(mutex_);
    return closed_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<FrameResult> results_;  // guarded by mutex_
  bool closed_ = false;               // guarded by mutex_
};

}  // namespace mobilenet::test

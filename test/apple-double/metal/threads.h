#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace apple_double {

// Threads that take turns: work always goes to the one that has rested longest, and there are at
// least four, so that whoever counts on one certain thread is found out. Grows rather than wait,
// because handlers may block on each other. Never destroyed: work may be running when the process
// exits.
class ThreadPool {
 public:
  static ThreadPool& Shared();

  void Post(std::function<void()> work);
  // Blocks until nothing posted is waiting or running.
  void WaitUntilIdle();

 private:
  class Worker;
  void Run(Worker& worker);

  std::mutex mutex_;
  std::condition_variable idle_changed_;
  std::deque<Worker*> idle_;
  size_t workers_ = 0;
};

// Work that is done in order, one at a time, each piece on another thread of the pool.
class SerialLane : public std::enable_shared_from_this<SerialLane> {
 public:
  void Post(std::function<void()> work);

 private:
  void RunOne();

  std::mutex mutex_;
  std::deque<std::function<void()>> waiting_;
  bool running_ = false;
};

}  // namespace apple_double

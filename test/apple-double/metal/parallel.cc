#include "parallel.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

namespace apple_double {

namespace {

using Work = std::function<void(size_t, size_t)>;

// One more thread for the arithmetic. One command buffer at a time has it; others do without.
class Helper {
 public:
  static Helper& Shared() {
    static auto* helper = new Helper;  // never destroyed: it may be at work when the process exits
    return *helper;
  }

  std::mutex& Owner() { return owner_; }

  // For the owner: starts the second part.
  void Start(const Work& work, size_t begin, size_t end) {
    const std::lock_guard lock(mutex_);
    work_ = &work;
    begin_ = begin;
    end_ = end;
    exception_ = nullptr;
    changed_.notify_all();
  }

  std::exception_ptr Wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return work_ == nullptr; });
    return exception_;
  }

 private:
  Helper() {
    std::thread([this] { Run(); }).detach();
  }

  void Run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return work_ != nullptr; });
      lock.unlock();
      std::exception_ptr exception;
      try {
        (*work_)(begin_, end_);
      } catch (...) {
        exception = std::current_exception();
      }
      lock.lock();
      exception_ = exception;
      work_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex owner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  const Work* work_ = nullptr;
  size_t begin_ = 0;
  size_t end_ = 0;
  std::exception_ptr exception_;
};

}  // namespace

void InParallel(size_t count, const Work& work) {
  Helper& helper = Helper::Shared();
  std::unique_lock owner(helper.Owner(), std::try_to_lock);
  if (count < 2 || !owner.owns_lock()) {
    work(0, count);
    return;
  }
  const size_t middle = count / 2;
  helper.Start(work, middle, count);
  std::exception_ptr exception;
  try {
    work(0, middle);
  } catch (...) {
    exception = std::current_exception();
  }
  const std::exception_ptr other = helper.Wait();
  if (exception == nullptr) {
    exception = other;
  }
  if (exception != nullptr) {
    std::rethrow_exception(exception);
  }
}

}  // namespace apple_double

#include "cpu/thread_pool.h"

#include <chrono>
#include <string>
#include <system_error>

#include "core/error.h"

namespace mobilenet {
namespace {

using Clock = std::chrono::steady_clock;

// Longer than any gap between two steps, shorter than what shows in a process monitor.
constexpr std::chrono::microseconds kSpinTime{500};
constexpr int kPausesPerClockRead = 64;

constexpr uint64_t kOpen = uint64_t{1} << 16;
constexpr uint64_t kOneInside = 1;
constexpr uint64_t kInsideMask = kOpen - 1;
constexpr uint64_t kOneLoop = kOpen << 1;

uint64_t LoopNumber(uint64_t state) { return state / kOneLoop; }

// Tells the core that this is a waiting loop.
inline void Pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

// Spins until done() or kSpinTime is over; returns done().
template <typename Done>
bool SpinUntil(Done done) {
  const Clock::time_point end = Clock::now() + kSpinTime;
  do {
    for (int i = 0; i < kPausesPerClockRead; i++) {
      if (done()) {
        return true;
      }
      Pause();
    }
  } while (Clock::now() < end);
  return done();
}

}  // namespace

ThreadPool::ThreadPool(int threads, Processors* processors)
    : threads_(threads),
      processors_(processors),
      shares_(std::make_unique<Share[]>(static_cast<size_t>(threads))),
      workers_(std::make_unique<Worker[]>(static_cast<size_t>(threads - 1))) {
  try {
    for (int thread = 1; thread < threads; thread++) {
      WorkerOf(thread).thread = std::thread([this, thread] { Work(thread); });
    }
  } catch (const std::system_error& error) {
    Stop();
    throw Error(ErrorCode::kOutOfMemory,
                "cannot start " + std::to_string(threads) + " threads: " + error.what());
  }
}

ThreadPool::~ThreadPool() { Stop(); }

void ThreadPool::Stop() noexcept {
  stopping_.store(true, std::memory_order_seq_cst);
  Wake(threads_);
  for (int thread = 1; thread < threads_; thread++) {
    if (WorkerOf(thread).thread.joinable()) {
      WorkerOf(thread).thread.join();
    }
  }
}

void ThreadPool::Run(size_t items, const Job& job) {
  const int allowed = processors_ == nullptr ? threads_ : processors_->Enter(threads_);
  if (allowed == 1 || items <= 1) {
    RunHere(items, job);
  } else {
    RunTogether(items, job, allowed);
  }
  if (processors_ != nullptr) {
    processors_->Leave(threads_);
  }
}

void ThreadPool::RunHere(size_t items, const Job& job) {
  for (size_t item = 0; item < items; item++) {
    job.invoke(job.function, item, 0);
  }
}

void ThreadPool::RunTogether(size_t items, const Job& job, int participants) {
  const auto threads = static_cast<size_t>(participants);
  size_t begin = 0;
  for (size_t i = 0; i < threads; i++) {
    shares_[i].next.store(begin, std::memory_order_relaxed);
    begin += items / threads + (i < items % threads ? 1 : 0);
    shares_[i].end = begin;
  }
  job_ = job;
  participants_ = participants;
  state_.fetch_add(kOneLoop | kOpen, std::memory_order_seq_cst);
  Wake(participants);
  TakeItems(0);
  state_.fetch_and(~kOpen, std::memory_order_relaxed);
  const auto done = [this] { return (state_.load(std::memory_order_acquire) & kInsideMask) == 0; };
  // More threads than cores: let the others have this one.
  while (!SpinUntil(done)) {
    std::this_thread::yield();
  }
}

// Either a worker falling asleep sees the new loop or the stop, or this sees that it is about to
// sleep: both write before they read, in one total order.
void ThreadPool::Wake(int participants) {
  for (int thread = 1; thread < participants; thread++) {
    Worker& worker = WorkerOf(thread);
    if (!worker.asleep.load(std::memory_order_seq_cst)) {
      continue;
    }
    {
      const std::lock_guard lock(mutex_);
      worker.asleep.store(false, std::memory_order_seq_cst);
    }
    worker.wake.notify_one();
  }
}

void ThreadPool::TakeItems(int thread) noexcept {
  for (int i = 0; i < participants_; i++) {
    Share& share = shares_[static_cast<size_t>((thread + i) % participants_)];
    if (share.next.load(std::memory_order_relaxed) >= share.end) {
      continue;
    }
    for (;;) {
      const size_t item = share.next.fetch_add(1, std::memory_order_relaxed);
      if (item >= share.end) {
        break;
      }
      job_.invoke(job_.function, item, thread);
    }
  }
}

// Waits for a loop other than number `seen`, or for the end of the pool.
void ThreadPool::AwaitLoop(int thread, uint64_t seen, bool spin) noexcept {
  const auto published = [&] {
    return LoopNumber(state_.load(std::memory_order_seq_cst)) != seen ||
           stopping_.load(std::memory_order_seq_cst);
  };
  if (spin && SpinUntil(published)) {
    return;
  }
  Worker& worker = WorkerOf(thread);
  std::unique_lock lock(mutex_);
  for (;;) {
    worker.asleep.store(true, std::memory_order_seq_cst);
    if (published()) {
      worker.asleep.store(false, std::memory_order_seq_cst);
      return;
    }
    worker.wake.wait(lock);
  }
}

// Enters the present loop unless it is closed. Either way `seen` becomes its number.
bool ThreadPool::Enter(uint64_t& seen) noexcept {
  uint64_t state = state_.load(std::memory_order_acquire);
  while ((state & kOpen) != 0) {
    if (state_.compare_exchange_weak(state, state + kOneInside, std::memory_order_acquire)) {
      seen = LoopNumber(state);
      return true;
    }
  }
  seen = LoopNumber(state);
  return false;
}

void ThreadPool::Work(int thread) noexcept {
  uint64_t seen = 0;
  bool takes_part = true;
  while (!stopping_.load(std::memory_order_relaxed)) {
    if (Enter(seen)) {
      // Those that are left out leave their processor to whoever else works.
      takes_part = thread < participants_;
      if (takes_part) {
        TakeItems(thread);
      }
      state_.fetch_sub(kOneInside, std::memory_order_release);
    }
    AwaitLoop(thread, seen, takes_part);
  }
}

}  // namespace mobilenet

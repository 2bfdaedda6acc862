#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "cpu/processors.h"

namespace mobilenet {

// A fixed number of threads, the calling one included, that share loops. A pool of one starts no
// thread. Idle threads spin for a moment, because the next loop of a network comes within
// microseconds, and then sleep. While other pools work, fewer of them take part: see Processors.
class ThreadPool {
 public:
  // Throws kOutOfMemory when the system refuses a thread.
  // `processors`: what is shared with other pools; null: nothing, all threads always take part.
  explicit ThreadPool(int threads, Processors* processors = &Processors::OfMachine());
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return threads_; }

  // Calls function(item, thread) once for every item below `items`, on several threads, and returns
  // when all calls have. 0 <= thread < threads(); the caller is 0. Each thread begins with its own
  // share of the items, in order, then takes from the others'. `function` must not throw (the
  // process would end). Not to be called from two threads at once, nor from within `function`.
  template <typename Function>
  void ParallelFor(size_t items, const Function& function) {
    static_assert(std::is_invocable_v<const Function&, size_t, int>);
    Run(items, {&Invoke<Function>, &function});
  }

 private:
  // A call of ParallelFor without its type.
  struct Job {
    void (*invoke)(const void* function, size_t item, int thread) noexcept = nullptr;
    const void* function = nullptr;
  };

  // The items one thread begins with. `next` runs past `end` when others look for work.
  struct alignas(64) Share {
    std::atomic<size_t> next{0};
    size_t end = 0;
  };

  template <typename Function>
  static void Invoke(const void* function, size_t item, int thread) noexcept {
    (*static_cast<const Function*>(function))(item, thread);
  }

  struct alignas(64) Worker {
    std::atomic<bool> asleep{false};  // or about to be
    std::condition_variable wake;
    std::thread thread;
  };

  Worker& WorkerOf(int thread) const { return workers_[static_cast<size_t>(thread - 1)]; }
  void Run(size_t items, const Job& job);
  void RunHere(size_t items, const Job& job);
  void RunTogether(size_t items, const Job& job, int participants);
  void Wake(int participants);
  void TakeItems(int thread) noexcept;
  void Work(int thread) noexcept;
  void AwaitLoop(int thread, uint64_t seen, bool spin) noexcept;
  bool Enter(uint64_t& seen) noexcept;
  void Stop() noexcept;

  const int threads_;
  Processors* const processors_;
  const std::unique_ptr<Share[]> shares_;  // one per thread
  Job job_;                                // with the shares and participants_, published by state_
  int participants_ = 0;                   // threads below this number take part in the loop

  // The number of the last loop (from bit 17), whether workers may still enter it (bit 16), and how
  // many are inside. The caller closes a loop once nothing is left to take and waits for those
  // inside only: a worker the system has not woken yet, or has put aside, holds nobody up.
  alignas(64) std::atomic<uint64_t> state_{0};
  alignas(64) std::atomic<bool> stopping_{false};
  std::mutex mutex_;                         // only for falling asleep and waking
  const std::unique_ptr<Worker[]> workers_;  // of threads 1 and up
};

}  // namespace mobilenet

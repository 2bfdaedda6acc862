#pragma once

#include <atomic>

namespace mobilenet {

// The processors of the machine, shared out among the thread pools that work at the moment, so that
// several sessions together start no more threads than there are processors.
class Processors {
 public:
  explicit Processors(int count) : count_(count) {}
  ~Processors() = default;
  Processors(const Processors&) = delete;
  Processors& operator=(const Processors&) = delete;

  // Those this process may run on.
  static Processors& OfMachine();

  // A pool of `threads` begins to work. Returns how many of them may: all if nobody else works,
  // however many they are, else its share of the processors, at least 1.
  int Enter(int threads);
  void Leave(int threads);

 private:
  const int count_;
  std::atomic<int> wanted_{0};
};

}  // namespace mobilenet

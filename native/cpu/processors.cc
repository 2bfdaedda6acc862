#include "cpu/processors.h"

#include <algorithm>
#include <thread>

namespace mobilenet {

Processors& Processors::OfMachine() {
  static Processors processors(static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
  return processors;
}

int Processors::Enter(int threads) {
  const int wanted = wanted_.fetch_add(threads, std::memory_order_relaxed) + threads;
  if (wanted == threads || wanted <= count_) {
    return threads;
  }
  return std::clamp(threads * count_ / wanted, 1, threads);
}

void Processors::Leave(int threads) { wanted_.fetch_sub(threads, std::memory_order_relaxed); }

}  // namespace mobilenet

#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace apple_double {

struct HeapBlock {
  std::unique_ptr<std::byte[]> bytes;
  size_t size = 0;
};

// Takes the smallest block that holds `size` bytes and does not waste most of itself.
HeapBlock TakeBestBlock(std::vector<HeapBlock>& blocks, size_t size);

// A device's temporary memory between command buffers. Blocks that nobody uses for as long as the
// last command buffer asked (MPSSetHeapCacheDuration) are freed, at the latest when somebody looks.
class HeapCache {
 public:
  HeapBlock Take(size_t size);
  void Give(std::vector<HeapBlock> blocks, double seconds);
  size_t Bytes();
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;
  struct Cached {
    HeapBlock block;
    Clock::time_point until;
  };
  void DropExpired();

  std::mutex mutex_;
  std::vector<Cached> cached_;
};

}  // namespace apple_double

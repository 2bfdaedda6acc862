#include "heap_cache.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace apple_double {

namespace {

constexpr size_t kMostWaste = 4;

bool Fits(size_t block, size_t size) { return block >= size && block / kMostWaste <= size; }

}  // namespace

HeapBlock TakeBestBlock(std::vector<HeapBlock>& blocks, size_t size) {
  auto best = blocks.end();
  for (auto block = blocks.begin(); block != blocks.end(); ++block) {
    if (Fits(block->size, size) && (best == blocks.end() || block->size < best->size)) {
      best = block;
    }
  }
  if (best == blocks.end()) {
    return {};
  }
  HeapBlock taken = std::move(*best);
  blocks.erase(best);
  return taken;
}

HeapBlock HeapCache::Take(size_t size) {
  const std::lock_guard lock(mutex_);
  DropExpired();
  auto best = cached_.end();
  for (auto cached = cached_.begin(); cached != cached_.end(); ++cached) {
    if (Fits(cached->block.size, size) &&
        (best == cached_.end() || cached->block.size < best->block.size)) {
      best = cached;
    }
  }
  if (best == cached_.end()) {
    return {};
  }
  HeapBlock taken = std::move(best->block);
  cached_.erase(best);
  return taken;
}

void HeapCache::Give(std::vector<HeapBlock> blocks, double seconds) {
  // MPSSetHeapCacheDuration: not a number counts as 0.
  if (std::isnan(seconds) || seconds <= 0) {
    return;
  }
  constexpr double kForever = 1e6;
  const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                        std::chrono::duration<double>(std::min(seconds, kForever)));
  const std::lock_guard lock(mutex_);
  DropExpired();
  for (HeapBlock& block : blocks) {
    cached_.push_back({std::move(block), until});
  }
}

size_t HeapCache::Bytes() {
  const std::lock_guard lock(mutex_);
  DropExpired();
  size_t bytes = 0;
  for (const Cached& cached : cached_) {
    bytes += cached.block.size;
  }
  return bytes;
}

void HeapCache::Clear() {
  const std::lock_guard lock(mutex_);
  cached_.clear();
}

void HeapCache::DropExpired() {
  const auto now = Clock::now();
  std::erase_if(cached_, [now](const Cached& cached) { return cached.until <= now; });
}

}  // namespace apple_double

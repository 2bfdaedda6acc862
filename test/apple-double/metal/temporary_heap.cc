#include "temporary_heap.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "poison.h"

namespace apple_double {

TemporaryHeap::TemporaryHeap(std::shared_ptr<DeviceState> device) : device_(std::move(device)) {}

TemporaryHeap::~TemporaryHeap() {
  size_t bytes = 0;
  std::move(used_.begin(), used_.end(), std::back_inserter(free_));
  for (const HeapBlock& block : free_) {
    bytes += block.size;
  }
  device_->heap_cache.Give(std::move(free_), cache_seconds_);
  device_->heap_bytes_in_use -= bytes;
}

std::byte* TemporaryHeap::Allocate(size_t size) {
  const std::lock_guard lock(mutex_);
  HeapBlock block = TakeBestBlock(free_, size);
  if (block.bytes == nullptr) {
    block = device_->heap_cache.Take(size);
    if (!device_->Reserve(device_->heap_bytes_in_use, block.bytes == nullptr ? size : block.size)) {
      return nullptr;
    }
    if (block.bytes == nullptr) {
      block = {std::make_unique_for_overwrite<std::byte[]>(size), size};
      Poison(block.bytes.get(), size);
    }
  }
  used_.push_back(std::move(block));
  return used_.back().bytes.get();
}

void TemporaryHeap::Release(std::byte* bytes) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(used_.begin(), used_.end(), [bytes](const HeapBlock& block) {
    return block.bytes.get() == bytes;
  });
  if (found != used_.end()) {
    free_.push_back(std::move(*found));
    used_.erase(found);
  }
}

void TemporaryHeap::SetCacheSeconds(double seconds) {
  const std::lock_guard lock(mutex_);
  cache_seconds_ = seconds;
}

}  // namespace apple_double

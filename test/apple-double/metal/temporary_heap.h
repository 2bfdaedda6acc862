#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "device_state.h"

namespace apple_double {

// The temporary memory of one command buffer. A block that is given back is used again by later
// images of the same command buffer: work runs in the order it was encoded, so what is encoded
// later may overwrite it. All blocks go to the device's cache when the command buffer is done.
class TemporaryHeap {
 public:
  explicit TemporaryHeap(std::shared_ptr<DeviceState> device);
  ~TemporaryHeap();
  TemporaryHeap(const TemporaryHeap&) = delete;
  TemporaryHeap& operator=(const TemporaryHeap&) = delete;

  // Null when the device's memory is full.
  std::byte* Allocate(size_t size);
  void Release(std::byte* bytes);
  void SetCacheSeconds(double seconds);

 private:
  std::shared_ptr<DeviceState> device_;
  std::mutex mutex_;
  std::vector<HeapBlock> used_;
  std::vector<HeapBlock> free_;
  double cache_seconds_ = 5;  // MPSSetHeapCacheDuration's default
};

}  // namespace apple_double

#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

#include "../control.h"
#include "heap_cache.h"

namespace apple_double {

// Whether it is one of Apple's own: Intel's integrated GPUs share the processor's memory too.
inline bool IsAppleFamily(const DeviceSpec& spec) { return spec.unified_memory && !spec.low_power; }

// What a device's resources and command buffers share with it. They keep it alive; they do not keep
// the device object alive, nor does it them.
struct DeviceState {
  explicit DeviceState(DeviceSpec device_spec) : spec(std::move(device_spec)) {}

  const DeviceSpec spec;
  std::atomic<bool> removed{false};
  std::atomic<size_t> live_bytes{0};
  std::atomic<size_t> heap_bytes_in_use{0};
  HeapCache heap_cache;

  // Counts an allocation, or returns false when the device's memory is full.
  bool Reserve(std::atomic<size_t>& counter, size_t bytes) {
    if (live_bytes + heap_bytes_in_use + bytes > spec.memory) {
      return false;
    }
    counter += bytes;
    return true;
  }
};

}  // namespace apple_double

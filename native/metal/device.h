#pragma once

#import <Metal/Metal.h>

#include <atomic>
#include <cstdint>
#include <memory>

namespace mobilenet::metal {

// The GPU of this registry id, or the preferred one for 0. Throws kNoDevice.
id<MTLDevice> FindDevice(uint64_t registry_id);

// Knows whether a GPU has been taken away, or is about to be. Only GPUs that can be removed are
// watched.
class DeviceWatch {
 public:
  explicit DeviceWatch(id<MTLDevice> device);
  DeviceWatch(const DeviceWatch&) = delete;
  DeviceWatch& operator=(const DeviceWatch&) = delete;
  ~DeviceWatch();

  bool gone() const { return *gone_; }

 private:
  // Shared with the observer, which Metal may be calling while this goes.
  std::shared_ptr<std::atomic<bool>> gone_ = std::make_shared<std::atomic<bool>>(false);
  id<NSObject> observer_ = nil;
};

}  // namespace mobilenet::metal

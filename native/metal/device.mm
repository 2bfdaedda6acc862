#include "metal/device.h"

#import <Foundation/Foundation.h>
#import <MetalPerformanceShaders/MetalPerformanceShaders.h>

#include <string>

#include "core/error.h"
#include "metal/guarded.h"
#include "metal/metal_device.h"

namespace mobilenet {
namespace metal {
namespace {

// Those that MPS supports, the preferred one first. The system's default is the discrete GPU of a
// machine with two; a process without a window server may have none, though there are GPUs.
NSArray<id<MTLDevice>>* AllDevices() {
  NSMutableArray<id<MTLDevice>>* devices = [NSMutableArray array];
  id<MTLDevice> preferred = MTLCreateSystemDefaultDevice();
  if (preferred != nil && MPSSupportsMTLDevice(preferred)) {
    [devices addObject:preferred];
  }
  for (id<MTLDevice> device in MTLCopyAllDevices()) {
    const bool listed = preferred != nil && device.registryID == preferred.registryID;
    if (!listed && MPSSupportsMTLDevice(device)) {
      [devices addObject:device];
    }
  }
  return devices;
}

MetalDevice Describe(id<MTLDevice> device) {
  return {ToText(device.name),
          device.registryID,
          device.hasUnifiedMemory == YES,
          device.recommendedMaxWorkingSetSize,
          device.isLowPower == YES,
          device.isHeadless == YES,
          device.isRemovable == YES};
}

}  // namespace

id<MTLDevice> FindDevice(uint64_t registry_id) {
  if (registry_id == 0) {
    // Not AllDevices() at once: asking for all wakes a discrete GPU that sleeps.
    id<MTLDevice> preferred = MTLCreateSystemDefaultDevice();
    if (preferred != nil && MPSSupportsMTLDevice(preferred)) {
      return preferred;
    }
  }
  for (id<MTLDevice> device in AllDevices()) {
    if (registry_id == 0 || device.registryID == registry_id) {
      return device;
    }
  }
  throw Error(ErrorCode::kNoDevice,
              registry_id == 0
                  ? std::string("Metal finds no GPU that Metal Performance Shaders supports")
                  : "there is no GPU with registry id " + std::to_string(registry_id));
}

DeviceWatch::DeviceWatch(id<MTLDevice> device) {
  if (!device.isRemovable) {
    return;
  }
  const uint64_t registry_id = device.registryID;
  const std::shared_ptr<std::atomic<bool>> gone = gone_;
  id<NSObject> observer = nil;
  MTLCopyAllDevicesWithObserver(
      &observer, ^(id<MTLDevice> changed, MTLDeviceNotificationName notification) {
        if (changed.registryID == registry_id &&
            ![notification isEqualToString:MTLDeviceWasAddedNotification]) {
          *gone = true;
        }
      });
  observer_ = observer;
}

DeviceWatch::~DeviceWatch() {
  if (observer_ != nil) {
    MTLRemoveDeviceObserver(observer_);
  }
}

}  // namespace metal

std::optional<MetalDevice> PreferredMetalDevice() {
  std::optional<MetalDevice> described;
  try {
    metal::Guarded([&] { described = metal::Describe(metal::FindDevice(0)); });
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNoDevice) {
      throw;
    }
  }
  return described;
}

std::vector<MetalDevice> MetalDevices() {
  std::vector<MetalDevice> described;
  metal::Guarded([&] {
    for (id<MTLDevice> device in metal::AllDevices()) {
      described.push_back(metal::Describe(device));
    }
  });
  return described;
}

}  // namespace mobilenet

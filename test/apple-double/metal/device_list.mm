#import <Metal/MTLDevice.h>

#include <cstdlib>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "../control.h"
#include "device.h"
#include "faults.h"
#include "threads.h"

MTLDeviceNotificationName const MTLDeviceWasAddedNotification = @"MTLDeviceWasAdded";
MTLDeviceNotificationName const MTLDeviceRemovalRequestedNotification =
    @"MTLDeviceRemovalRequested";
MTLDeviceNotificationName const MTLDeviceWasRemovedNotification = @"MTLDeviceWasRemoved";

namespace apple_double {

namespace {

struct Observer {
  NSObject* token;
  MTLDeviceNotificationHandler handler;
};

std::vector<DeviceSpec> SpecsFromEnvironment() {
  const char* names = std::getenv("APPLE_DOUBLE_DEVICES");
  if (names == nullptr) {
    return {UnifiedDevice()};
  }
  std::vector<DeviceSpec> specs;
  std::istringstream stream(names);
  for (std::string name; std::getline(stream, name, ',');) {
    if (name == "unified") {
      specs.push_back(UnifiedDevice());
    } else if (name == "discrete") {
      specs.push_back(DiscreteDevice());
    } else if (name != "none") {
      std::fprintf(stderr, "APPLE_DOUBLE_DEVICES: no such device: %s\n", name.c_str());
      std::abort();
    }
  }
  return specs;
}

// The devices of this Mac and who wants to hear of changes. Never destroyed.
class DeviceList {
 public:
  static DeviceList& Shared() {
    static auto* list = new DeviceList;
    return *list;
  }

  void Set(const std::vector<DeviceSpec>& specs) {
    const std::lock_guard lock(mutex_);
    devices_.clear();
    has_card_ = false;
    for (const DeviceSpec& spec : specs) {
      Append(spec);
    }
  }

  // Whether this Mac has, or had until somebody pulled it out, a device that cannot share textures.
  bool HasCard() {
    const std::lock_guard lock(mutex_);
    return has_card_;
  }

  std::vector<AppleDoubleDevice*> Devices() {
    const std::lock_guard lock(mutex_);
    return devices_;
  }

  void Add(const DeviceSpec& spec) {
    const std::lock_guard lock(mutex_);
    Append(spec);
    Tell(devices_.back(), MTLDeviceWasAddedNotification);
  }

  void Remove(uint64_t registry_id, bool requested) {
    const std::lock_guard lock(mutex_);
    for (auto device = devices_.begin(); device != devices_.end(); ++device) {
      if ((*device).registryID == registry_id) {
        AppleDoubleDevice* removed = *device;
        devices_.erase(device);
        [removed state]->removed = true;
        if (requested) {
          Tell(removed, MTLDeviceRemovalRequestedNotification);
        }
        Tell(removed, MTLDeviceWasRemovedNotification);
        return;
      }
    }
  }

  NSObject* Observe(MTLDeviceNotificationHandler handler) {
    const std::lock_guard lock(mutex_);
    observers_.push_back({[[NSObject alloc] init], [handler copy]});
    return observers_.back().token;
  }

  void Forget(id<NSObject> token) {
    const std::lock_guard lock(mutex_);
    std::erase_if(observers_,
                  [token](const Observer& observer) { return observer.token == token; });
  }

  // The newest device of that id, in the list or not.
  std::shared_ptr<DeviceState> State(uint64_t registry_id) {
    const std::lock_guard lock(mutex_);
    for (auto state = states_.rbegin(); state != states_.rend(); ++state) {
      if ((*state)->spec.registry_id == registry_id) {
        return *state;
      }
    }
    return nullptr;
  }

 private:
  DeviceList() { Set(SpecsFromEnvironment()); }

  void Append(const DeviceSpec& spec) {
    states_.push_back(std::make_shared<DeviceState>(spec));
    has_card_ = has_card_ || !IsAppleFamily(spec);
    devices_.push_back([[AppleDoubleDevice alloc] initWithState:states_.back()]);
  }

  void Tell(AppleDoubleDevice* device, MTLDeviceNotificationName name) {
    for (const Observer& observer : observers_) {
      lane_->Post([handler = observer.handler, device, name] { handler(device, name); });
    }
  }

  std::mutex mutex_;
  std::vector<AppleDoubleDevice*> devices_;
  bool has_card_ = false;
  std::vector<std::shared_ptr<DeviceState>> states_;
  std::vector<Observer> observers_;
  std::shared_ptr<SerialLane> lane_ = std::make_shared<SerialLane>();
};

size_t BytesOf(uint64_t registry_id, size_t (*count)(DeviceState&)) {
  const auto state = DeviceList::Shared().State(registry_id);
  return state == nullptr ? 0 : count(*state);
}

}  // namespace

MTLStorageMode DefaultTextureStorageMode() {
  return DeviceList::Shared().HasCard() ? MTLStorageModeManaged : MTLStorageModeShared;
}

DeviceSpec UnifiedDevice() {
  DeviceSpec spec;
  spec.name = "Apple Double Unified";
  spec.registry_id = 1;
  return spec;
}

DeviceSpec DiscreteDevice() {
  DeviceSpec spec;
  spec.name = "Apple Double Discrete";
  spec.registry_id = 2;
  spec.unified_memory = false;
  return spec;
}

void SetDevices(std::vector<DeviceSpec> devices) { DeviceList::Shared().Set(devices); }

void AddDevice(const DeviceSpec& device) { DeviceList::Shared().Add(device); }

void RemoveDevice(uint64_t registry_id) { DeviceList::Shared().Remove(registry_id, true); }

void RemoveDeviceBySurprise(uint64_t registry_id) {
  DeviceList::Shared().Remove(registry_id, false);
}

size_t LiveBytes(uint64_t registry_id) {
  return BytesOf(registry_id, [](DeviceState& state) { return state.live_bytes.load(); });
}

size_t HeapBytesInUse(uint64_t registry_id) {
  return BytesOf(registry_id, [](DeviceState& state) { return state.heap_bytes_in_use.load(); });
}

size_t HeapCacheBytes(uint64_t registry_id) {
  return BytesOf(registry_id, [](DeviceState& state) { return state.heap_cache.Bytes(); });
}

void Reset() {
  Faults::Shared().Release();
  WaitUntilIdle();
  Faults::Shared().Reset();
  CountEverySourceRead(false);
  SetDevices({UnifiedDevice()});
}

}  // namespace apple_double

using apple_double::DeviceList;

// On Macs with two GPUs the default is the faster one.
id<MTLDevice> MTLCreateSystemDefaultDevice(void) {
  const auto devices = DeviceList::Shared().Devices();
  for (AppleDoubleDevice* device : devices) {
    if (!device.isLowPower) {
      return device;
    }
  }
  return devices.empty() ? nil : devices.front();
}

NSArray<id<MTLDevice>>* MTLCopyAllDevices(void) {
  NSMutableArray<id<MTLDevice>>* all = [NSMutableArray array];
  for (AppleDoubleDevice* device : DeviceList::Shared().Devices()) {
    [all addObject:device];
  }
  return all;
}

NSArray<id<MTLDevice>>* MTLCopyAllDevicesWithObserver(id<NSObject> __strong* observer,
                                                      MTLDeviceNotificationHandler handler) {
  *observer = DeviceList::Shared().Observe(handler);
  return MTLCopyAllDevices();
}

void MTLRemoveDeviceObserver(id<NSObject> observer) { DeviceList::Shared().Forget(observer); }

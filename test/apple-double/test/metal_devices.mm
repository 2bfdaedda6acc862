#include <doctest/doctest.h>

#include <unistd.h>

#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "metal_support.h"

using namespace apple_double_test;  // NOLINT(google-build-using-namespace)
using apple_double::DeviceSpec;
using apple_double::DiscreteDevice;
using apple_double::SetDevices;
using apple_double::UnifiedDevice;

TEST_CASE("metal devices: one unified device unless told otherwise") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    REQUIRE((device != nil));
    CHECK(device.hasUnifiedMemory);
    CHECK(device.registryID == 1);
    CHECK(MTLCopyAllDevices().count == 1);
    CHECK((MTLCopyAllDevices()[0] == device));
    CHECK((device == MTLCreateSystemDefaultDevice()));
    CHECK([device supportsFamily:MTLGPUFamilyApple7]);
    CHECK([device supportsFamily:MTLGPUFamilyMac2]);
    CHECK_FALSE([device supportsFamily:MTLGPUFamilyApple9]);
  }
}

TEST_CASE("metal devices: none") {
  FreshDouble fresh;
  SetDevices({});
  @autoreleasepool {
    CHECK((MTLCreateSystemDefaultDevice() == nil));
    REQUIRE((MTLCopyAllDevices() != nil));
    CHECK(MTLCopyAllDevices().count == 0);
  }
}

TEST_CASE("metal devices: as described, the default is not a low-power one") {
  FreshDouble fresh;
  DeviceSpec integrated = UnifiedDevice();
  integrated.name = "Integrated";
  integrated.low_power = true;
  DeviceSpec card = DiscreteDevice();
  card.removable = true;
  card.headless = true;
  card.max_buffer_length = 1000;
  SetDevices({integrated, card});
  @autoreleasepool {
    CHECK(MTLCreateSystemDefaultDevice().registryID == 2);
    NSArray<id<MTLDevice>>* all = MTLCopyAllDevices();
    REQUIRE(all.count == 2);
    CHECK([all[0].name isEqualToString:@"Integrated"]);
    CHECK(all[0].isLowPower);
    CHECK_FALSE(all[0].isRemovable);
    CHECK_FALSE([all[0] supportsFamily:MTLGPUFamilyApple1]);
    CHECK(all[1].isRemovable);
    CHECK(all[1].isHeadless);
    CHECK_FALSE(all[1].hasUnifiedMemory);
    CHECK(all[1].maxBufferLength == 1000);
    CHECK(all[1].recommendedMaxWorkingSetSize == card.recommended_working_set);
  }
}

namespace {

struct Notice {
  uint64_t registry_id;
  std::string name;
  std::thread::id thread;
};

// Collects notices until there are as many as expected.
class Notices {
 public:
  void Add(Notice notice) {
    const std::lock_guard lock(mutex_);
    notices_.push_back(std::move(notice));
    changed_.notify_all();
  }
  std::vector<Notice> WaitFor(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return notices_.size() >= count; });
    return notices_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Notice> notices_;
};

}  // namespace

TEST_CASE("metal devices: observers hear of devices that come and go, on other threads") {
  FreshDouble fresh;
  @autoreleasepool {
    auto notices = std::make_shared<Notices>();
    id<NSObject> observer = nil;
    NSArray<id<MTLDevice>>* all = MTLCopyAllDevicesWithObserver(
        &observer, ^(id<MTLDevice> device, MTLDeviceNotificationName name) {
          notices->Add({device.registryID, name.UTF8String, std::this_thread::get_id()});
        });
    CHECK(all.count == 1);
    REQUIRE((observer != nil));
    apple_double::AddDevice(DiscreteDevice());
    apple_double::RemoveDevice(2);
    apple_double::AddDevice(DiscreteDevice());
    apple_double::RemoveDeviceBySurprise(2);
    const auto heard = notices->WaitFor(5);
    REQUIRE(heard.size() == 5);
    const std::vector<NSString*> names = {
        MTLDeviceWasAddedNotification, MTLDeviceRemovalRequestedNotification,
        MTLDeviceWasRemovedNotification, MTLDeviceWasAddedNotification,
        MTLDeviceWasRemovedNotification};
    for (size_t i = 0; i < heard.size(); ++i) {
      CHECK(heard[i].registry_id == 2);
      CHECK(heard[i].name == names[i].UTF8String);
      CHECK(heard[i].thread != std::this_thread::get_id());
    }
    CHECK(MTLCopyAllDevices().count == 1);
    MTLRemoveDeviceObserver(observer);
    apple_double::AddDevice(DiscreteDevice());
    apple_double::WaitUntilIdle();
    CHECK(notices->WaitFor(0).size() == 5);
  }
}

TEST_CASE("metal devices: a removed device fails pending and later work, and makes nothing more") {
  FreshDouble fresh;
  SetDevices({DiscreteDevice()});
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    id<MTLCommandQueue> queue = [device newCommandQueue];
    apple_double::HoldCommandBuffers();
    id<MTLCommandBuffer> pending = [queue commandBuffer];
    [pending commit];
    apple_double::RemoveDevice(2);
    apple_double::ReleaseCommandBuffers();
    apple_double::WaitUntilIdle();
    CHECK(pending.status == MTLCommandBufferStatusError);
    CHECK(pending.error.code == MTLCommandBufferErrorDeviceRemoved);
    CHECK([pending.error.domain isEqualToString:MTLCommandBufferErrorDomain]);
    id<MTLCommandBuffer> later = [queue commandBuffer];
    CommitAndWait(later);
    CHECK(later.error.code == MTLCommandBufferErrorDeviceRemoved);
    CHECK(([device newCommandQueue] == nil));
    CHECK(([device newBufferWithLength:4 options:MTLResourceStorageModeShared] == nil));
    CHECK(([device newTextureWithDescriptor:SmallTexture(1, 1)] == nil));
    CHECK((MTLCreateSystemDefaultDevice() == nil));
  }
}

// The environment is read once, hence in another process.
TEST_CASE("metal devices: environment, child" * doctest::skip()) {
  @autoreleasepool {
    NSArray<id<MTLDevice>>* all = MTLCopyAllDevices();
    REQUIRE(all.count == 2);
    CHECK_FALSE(all[0].hasUnifiedMemory);
    CHECK(all[1].hasUnifiedMemory);
    id<MTLCommandQueue> queue = [all[1] newCommandQueue];
    for (int number = 1; number <= 6; ++number) {
      id<MTLCommandBuffer> command_buffer = [queue commandBuffer];
      CommitAndWait(command_buffer);
      CHECK(command_buffer.error.code == (number % 3 == 0 ? 8 : 0));
    }
  }
}

TEST_CASE("metal devices: the environment chooses devices and faults") {
  const std::string self = "/proc/" + std::to_string(getpid()) + "/exe";
  const std::string command =
      "APPLE_DOUBLE_DEVICES=discrete,unified APPLE_DOUBLE_FAIL=3:8 " + self +
      " --no-skip --test-case='metal devices: environment, child' > /dev/null";
  CHECK(std::system(command.c_str()) == 0);
}

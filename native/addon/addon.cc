#include <napi.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "addon/addon_data.h"
#include "addon/create_session.h"
#include "addon/errors.h"
#include "addon/session_object.h"
#include "cpu/cpu_executor.h"
#include "metal/metal_device.h"

namespace mobilenet {

namespace {

Napi::Object CpuObject(Napi::Env env) {
  const std::vector<std::string> sets = InstructionSets();
  Napi::Array names = Napi::Array::New(env, sets.size());
  for (size_t i = 0; i < sets.size(); ++i) {
    names.Set(static_cast<uint32_t>(i), sets[i]);
  }
  Napi::Object cpu = Napi::Object::New(env);
  cpu.Set("instructionSets", names);
  cpu.Set("logicalCores", std::thread::hardware_concurrency());
  return cpu;
}

Napi::Object DeviceObject(Napi::Env env, const MetalDevice& device) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", device.name);
  object.Set("registryId", std::to_string(device.registry_id));
  object.Set("unifiedMemory", device.unified_memory);
  object.Set("workingSetBytes", static_cast<double>(device.working_set_bytes));
  object.Set("lowPower", device.low_power);
  object.Set("headless", device.headless);
  object.Set("removable", device.removable);
  return object;
}

// preferredMetalDevice(): NativeMetalDevice | undefined. Not a property: GPUs come and go.
Napi::Value PreferredMetalDeviceObject(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return Guard(env, [&]() -> Napi::Value {
    const std::optional<MetalDevice> device = PreferredMetalDevice();
    return device ? DeviceObject(env, *device) : env.Undefined();
  });
}

// metalDevices(): NativeMetalDevice[].
Napi::Value MetalDevicesArray(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return Guard(env, [&]() -> Napi::Value {
    const std::vector<MetalDevice> devices = MetalDevices();
    Napi::Array array = Napi::Array::New(env, devices.size());
    for (size_t i = 0; i < devices.size(); ++i) {
      array.Set(static_cast<uint32_t>(i), DeviceObject(env, devices[i]));
    }
    return array;
  });
}

Napi::Object Initialize(Napi::Env env, Napi::Object exports) {
  auto data = std::make_unique<AddonData>();
  data->session_class = Napi::Persistent(SessionObject::Define(env));
  env.SetInstanceData(data.release());  // deleted with the environment
  exports.Set("cpu", CpuObject(env));
  exports.Set("preferredMetalDevice",
              Napi::Function::New(env, PreferredMetalDeviceObject, "preferredMetalDevice"));
  exports.Set("metalDevices", Napi::Function::New(env, MetalDevicesArray, "metalDevices"));
  exports.Set("createSession", Napi::Function::New(env, CreateSession, "createSession"));
  return exports;
}

}  // namespace

}  // namespace mobilenet

static Napi::Object InitializeAddon(Napi::Env env, Napi::Object exports) {
  return mobilenet::Initialize(env, exports);
}

NODE_API_MODULE(NODE_GYP_MODULE_NAME, InitializeAddon)

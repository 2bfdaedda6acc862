#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// What tests can do to the double: choose devices, break command buffers, hold work back, and see
// how much memory is in use. Plain C++, so that any test can include it.
namespace apple_double {

struct ShaderFunction;

struct DeviceSpec {
  std::string name = "Apple Double";
  uint64_t registry_id = 1;
  bool unified_memory = true;
  bool low_power = false;  // with unified memory: one of Intel's integrated GPUs
  bool headless = false;
  bool removable = false;
  bool supports_mps = true;
  size_t max_buffer_length = size_t{4} << 30;
  uint64_t recommended_working_set = uint64_t{8} << 30;
  // Allocations beyond this many bytes fail: nil, and MTLCommandBufferErrorOutOfMemory for
  // temporary images.
  size_t memory = size_t{64} << 30;
  size_t max_threads_per_threadgroup = 1024;
  size_t thread_execution_width = 32;
};

// Like an Apple M1: registry id 1, memory shared with the processor.
DeviceSpec UnifiedDevice();
// Like an AMD card: registry id 2, memory of its own, hence managed resources.
DeviceSpec DiscreteDevice();

// Replaces the list of devices. At first it is what the environment variable APPLE_DOUBLE_DEVICES
// says (`none`, or `unified` and `discrete` separated by commas), or else one unified device.
void SetDevices(std::vector<DeviceSpec> devices);
// A device appears. Observers are told on another thread, before this returns or after.
void AddDevice(const DeviceSpec& device);
// A device leaves the list. Observers hear, on another thread, that its removal was requested and
// then that it was removed. Command buffers that have not run, and all later ones, fail with
// MTLCommandBufferErrorDeviceRemoved.
void RemoveDevice(uint64_t registry_id);
// The same without the request: somebody pulled the cable.
void RemoveDeviceBySurprise(uint64_t registry_id);

// Faults. `code` is a value of MTLCommandBufferError; a buffer that fails computes nothing.
void FailNextCommandBuffer(long code);
// The number-th command buffer to be committed from now on, counted from 1.
void FailCommandBufferNumber(size_t number, long code);
// Every number-th; 0: none. APPLE_DOUBLE_FAIL=number:code does this from the start.
void FailEveryCommandBuffer(size_t number, long code);

// Whether graphs count a temporary source as read once for each of their steps that reads it, and
// not once for all: Apple's headers say both. At first: once for all.
void CountEverySourceRead(bool every);
bool CountsEverySourceRead();

// Between these two calls committed work waits.
void HoldCommandBuffers();
void ReleaseCommandBuffers();
// A slow GPU: every command buffer takes at least this long. From the start:
// APPLE_DOUBLE_DELAY=milliseconds.
void SetCommandBufferDelay(std::chrono::milliseconds delay);
// Blocks until no committed command buffer is waiting, running, or calling its handlers.
void WaitUntilIdle();

// Bytes of live buffers and textures, without temporary images.
size_t LiveBytes(uint64_t registry_id);
// Bytes of temporary memory that waits to be used again, and that command buffers hold.
size_t HeapCacheBytes(uint64_t registry_id);
size_t HeapBytesInUse(uint64_t registry_id);

// How often -waitUntilCompleted was called since the last Reset.
size_t WaitCalls();
// Command buffers committed since the last Reset.
size_t CommittedCommandBuffers();
// Encoders that were released without -endEncoding since the last Reset; Metal would have aborted.
size_t AbandonedEncoders();

// A kernel that only tests have. Kept until the process ends; the newest of a name counts.
void RegisterShaderFunction(const ShaderFunction& function);

// No faults, no delay, nothing held, counters at zero, one unified device. Waits until idle first.
void Reset();

}  // namespace apple_double

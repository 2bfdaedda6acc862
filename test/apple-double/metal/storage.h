#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include "device_state.h"
#include "temporary_heap.h"

namespace apple_double {

// The memory of a buffer or texture, and who may see what of it.
//
//  - shared: one copy for GPU and CPU.
//  - managed, on a device with memory of its own: two copies. What the GPU writes reaches the CPU's
//    copy only when a blit encoder synchronises the resource (MTLBlitCommandEncoder.h); until then
//    the CPU sees poison. On a device with unified memory both are one.
//  - private: the CPU sees nothing.
class Storage {
 public:
  enum class Mode { kShared, kManaged, kPrivate };

  // Null when the device's memory is full.
  static std::shared_ptr<Storage> Make(std::shared_ptr<DeviceState> device, Mode mode, size_t size);
  // Memory of a command buffer's heap: private, and dead once it is given back.
  static std::shared_ptr<Storage> MakeTemporary(std::shared_ptr<DeviceState> device,
                                                const std::shared_ptr<TemporaryHeap>& heap,
                                                size_t size);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  size_t Size() const { return size_; }
  Mode GetMode() const { return mode_; }
  const std::shared_ptr<DeviceState>& Device() const { return device_; }
  std::byte* GpuBytes() const { return gpu_; }
  std::byte* CpuBytes() const { return cpu_; }
  bool HasTwoCopies() const { return cpu_ != nullptr && cpu_ != gpu_; }
  bool IsTemporary() const { return temporary_; }
  // The heap of temporary memory, while its command buffer lives.
  std::shared_ptr<TemporaryHeap> Heap() const { return heap_.lock(); }

  // Gives temporary memory back to its heap.
  void ReleaseTemporary();
  bool IsDead() const { return dead_; }

  // The CPU wrote a range of its copy and says so.
  void CopyToGpu(size_t offset, size_t length);
  // A blit encoder's synchronisation runs.
  void CopyToCpu();

  void MarkWritten() { written_ = true; }
  bool WasWritten() const { return written_; }
  // A kernel wrote the GPU's copy, all of it as far as anybody knows.
  void GpuWroteAll();
  // A command buffer that should have written failed.
  void GpuFailedToWrite();

  // Committed command buffers that are not done and read or write this.
  std::atomic<int> pending_reads{0};
  std::atomic<int> pending_writes{0};

 private:
  Storage(std::shared_ptr<DeviceState> device, Mode mode, size_t size);

  std::shared_ptr<DeviceState> device_;
  bool temporary_ = false;
  std::weak_ptr<TemporaryHeap> heap_;
  Mode mode_;
  size_t size_;
  std::unique_ptr<std::byte[]> gpu_memory_;
  std::unique_ptr<std::byte[]> cpu_memory_;
  std::byte* gpu_ = nullptr;
  std::byte* cpu_ = nullptr;
  std::atomic<bool> written_{false};
  std::atomic<bool> dead_{false};
};

}  // namespace apple_double

#include "storage.h"

#include <utility>

#include "poison.h"

namespace apple_double {

Storage::Storage(std::shared_ptr<DeviceState> device, Mode mode, size_t size)
    : device_(std::move(device)), mode_(mode), size_(size) {}

std::shared_ptr<Storage> Storage::Make(std::shared_ptr<DeviceState> device, Mode mode,
                                       size_t size) {
  if (!device->Reserve(device->live_bytes, size)) {
    return nullptr;
  }
  std::shared_ptr<Storage> storage(new Storage(std::move(device), mode, size));
  storage->gpu_memory_ = std::make_unique_for_overwrite<std::byte[]>(size);
  storage->gpu_ = storage->gpu_memory_.get();
  Poison(storage->gpu_, size);
  if (mode == Mode::kManaged && !storage->device_->spec.unified_memory) {
    storage->cpu_memory_ = std::make_unique_for_overwrite<std::byte[]>(size);
    storage->cpu_ = storage->cpu_memory_.get();
    Poison(storage->cpu_, size);
  } else if (mode != Mode::kPrivate) {
    storage->cpu_ = storage->gpu_;
  }
  return storage;
}

std::shared_ptr<Storage> Storage::MakeTemporary(std::shared_ptr<DeviceState> device,
                                                const std::shared_ptr<TemporaryHeap>& heap,
                                                size_t size) {
  std::byte* bytes = heap->Allocate(size);
  if (bytes == nullptr) {
    return nullptr;
  }
  std::shared_ptr<Storage> storage(new Storage(std::move(device), Mode::kPrivate, size));
  storage->temporary_ = true;
  storage->heap_ = heap;
  storage->gpu_ = bytes;
  return storage;
}

Storage::~Storage() {
  if (temporary_) {
    ReleaseTemporary();
  } else {
    device_->live_bytes -= size_;
  }
}

void Storage::ReleaseTemporary() {
  if (temporary_ && !dead_.exchange(true)) {
    if (const auto heap = heap_.lock()) {
      heap->Release(gpu_);
    }
  }
}

void Storage::CopyToGpu(size_t offset, size_t length) {
  if (HasTwoCopies()) {
    std::memcpy(gpu_ + offset, cpu_ + offset, length);
  }
  written_ = true;
}

void Storage::CopyToCpu() {
  if (HasTwoCopies()) {
    std::memcpy(cpu_, gpu_, size_);
  }
}

void Storage::GpuWroteAll() {
  written_ = true;
  if (HasTwoCopies()) {
    Poison(cpu_, size_);
  }
}

void Storage::GpuFailedToWrite() {
  written_ = false;
  if (gpu_ != nullptr && !dead_) {
    Poison(gpu_, size_);
  }
  if (HasTwoCopies()) {
    Poison(cpu_, size_);
  }
}

}  // namespace apple_double

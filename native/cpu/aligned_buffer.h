#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>

#include "core/error.h"

namespace mobilenet {

// A fixed number of zeroed objects on a cache line boundary. Throws kOutOfMemory. Large ones take
// memory only where they are written: the system gives zeroed pages.
template <typename T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(size_t size) : memory_(Allocate(size)), size_(size) {
    if (memory_ != nullptr) {
      const auto address = reinterpret_cast<uintptr_t>(memory_.get());
      data_ = reinterpret_cast<T*>((address + kAlignment - 1) / kAlignment * kAlignment);
    }
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  size_t bytes() const { return size_ * sizeof(T); }

 private:
  static constexpr size_t kAlignment = 64;

  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };

  static void* Allocate(size_t size) {
    if (size == 0) {
      return nullptr;
    }
    void* memory = nullptr;
    if (size <= (std::numeric_limits<size_t>::max() - kAlignment) / sizeof(T)) {
      memory = std::calloc(size * sizeof(T) + kAlignment, 1);
    }
    if (memory == nullptr) {
      throw Error(ErrorCode::kOutOfMemory, "cannot allocate " + std::to_string(size) +
                                               " elements of " + std::to_string(sizeof(T)) +
                                               " bytes for the CPU executor");
    }
    return memory;
  }

  std::unique_ptr<void, Free> memory_;
  T* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace mobilenet

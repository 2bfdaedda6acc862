#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <type_traits>

#include "core/error.h"

namespace mobilenet {

// A fixed number of zeroed objects on a cache line boundary. Throws kOutOfMemory.
template <typename T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(size_t size) : memory_(Allocate(size)), size_(size) {
    std::uninitialized_value_construct_n(memory_.get(), size);
  }

  T* data() { return memory_.get(); }
  const T* data() const { return memory_.get(); }
  size_t size() const { return size_; }
  size_t bytes() const { return size_ * sizeof(T); }

 private:
  static constexpr std::align_val_t kAlignment{64};

  struct Free {
    void operator()(T* memory) const { ::operator delete(memory, kAlignment); }
  };

  static T* Allocate(size_t size) {
    void* memory = nullptr;
    if (size <= std::numeric_limits<size_t>::max() / sizeof(T)) {
      memory = ::operator new(size * sizeof(T), kAlignment, std::nothrow);
    }
    if (memory == nullptr) {
      throw Error(ErrorCode::kOutOfMemory, "cannot allocate " + std::to_string(size) +
                                               " elements of " + std::to_string(sizeof(T)) +
                                               " bytes for the CPU executor");
    }
    return static_cast<T*>(memory);
  }

  std::unique_ptr<T, Free> memory_;
  size_t size_ = 0;
};

}  // namespace mobilenet

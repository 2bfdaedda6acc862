#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/abi.h"

namespace objc {

// A class's methods by the unique names of selectors: an open hash table that is read without
// locking. Writers hold the lock of all classes.
class MethodCache {
 public:
  // Null if the name is not in the cache.
  Slot* Find(const char* name) const {
    const Table* table = current_.load(std::memory_order_acquire);
    if (!table) {
      return nullptr;
    }
    for (std::size_t i = Hash(name);; i++) {
      const Entry& entry = table->entries[i & table->mask];
      const char* entry_name = entry.name.load(std::memory_order_acquire);
      if (entry_name == name) {
        return entry.slot;
      }
      if (!entry_name) {
        return nullptr;
      }
    }
  }

  void Insert(const char* name, Slot* slot);

  // No other thread may be reading.
  void Clear();

 private:
  struct Entry {
    Slot* slot = nullptr;  // written before the name
    std::atomic<const char*> name{nullptr};
  };

  struct Table {
    explicit Table(std::size_t size) : entries(size), mask(size - 1) {}
    void Insert(const char* name, Slot* slot);

    std::vector<Entry> entries;  // a power of two, at most three quarters of them in use
    std::size_t mask;
    std::size_t used = 0;
  };

  static std::size_t Hash(const char* name) {
    return static_cast<std::size_t>(
        (reinterpret_cast<std::uintptr_t>(name) * 0x9E3779B97F4A7C15u) >> 32);
  }

  std::atomic<Table*> current_{nullptr};
  // All tables there were: a reader might still be in one that became too small.
  std::vector<std::unique_ptr<Table>> tables_;
};

}  // namespace objc

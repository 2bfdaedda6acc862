#include "runtime/method_cache.h"

namespace objc {
namespace {

constexpr std::size_t kFirstSize = 16;

}  // namespace

void MethodCache::Table::Insert(const char* name, Slot* slot) {
  std::size_t i = Hash(name) & mask;
  while (entries[i].name.load(std::memory_order_relaxed)) {
    i = (i + 1) & mask;
  }
  entries[i].slot = slot;
  entries[i].name.store(name, std::memory_order_release);
  used++;
}

void MethodCache::Insert(const char* name, Slot* slot) {
  if (Find(name)) {
    return;
  }
  Table* table = current_.load(std::memory_order_relaxed);
  if (table && (table->used + 1) * 4 <= table->entries.size() * 3) {
    table->Insert(name, slot);
    return;
  }
  auto larger = std::make_unique<Table>(table ? table->entries.size() * 2 : kFirstSize);
  if (table) {
    for (const Entry& entry : table->entries) {
      if (const char* entry_name = entry.name.load(std::memory_order_relaxed)) {
        larger->Insert(entry_name, entry.slot);
      }
    }
  }
  larger->Insert(name, slot);
  current_.store(larger.get(), std::memory_order_release);
  tables_.push_back(std::move(larger));
}

void MethodCache::Clear() {
  current_.store(nullptr, std::memory_order_relaxed);
  tables_.clear();
}

}  // namespace objc

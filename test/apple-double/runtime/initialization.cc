#include "runtime/initialization.h"

#include <condition_variable>

#include "runtime/selectors.h"

namespace objc {
namespace {

struct Progress {
  std::mutex mutex;
  std::condition_variable changed;
};

Progress& AllProgress() {
  static auto* progress = new Progress;
  return *progress;
}

// Marks a class initialized at the end of a scope, also if +initialize raises.
class MarkInitialized {
 public:
  explicit MarkInitialized(ClassData& data) : data_(data) {}
  MarkInitialized(const MarkInitialized&) = delete;
  MarkInitialized& operator=(const MarkInitialized&) = delete;
  ~MarkInitialized() {
    std::lock_guard lock(AllProgress().mutex);
    data_.initialization.store(Initialization::kDone, std::memory_order_release);
    AllProgress().changed.notify_all();
  }

 private:
  ClassData& data_;
};

// False if the class is initialized already, or is being initialized by this thread.
bool StartInitialization(ClassData& data) {
  std::unique_lock lock(AllProgress().mutex);
  const std::thread::id this_thread = std::this_thread::get_id();
  AllProgress().changed.wait(lock, [&] {
    return data.initialization != Initialization::kRunning ||
           data.initializing_thread == this_thread;
  });
  if (data.initialization != Initialization::kPending) {
    return false;
  }
  data.initialization = Initialization::kRunning;
  data.initializing_thread = this_thread;
  return true;
}

Method* FindInitialize(Class* target) {
  static const char* const name = UniqueName("initialize");
  std::lock_guard lock(ClassesMutex());
  Class* owner = nullptr;
  return FindMethod(target->isa, name, &owner);
}

}  // namespace

void EnsureInitialized(Class* target) {
  if (IsInitialized(target)) {
    return;
  }
  if (target->superclass) {
    EnsureInitialized(target->superclass);
  }
  if (!StartInitialization(*target->data)) {
    return;
  }
  const MarkInitialized mark(*target->data);
  if (const Method* method = FindInitialize(target)) {
    method->implementation(reinterpret_cast<Object*>(target), method->selector);
  }
}

}  // namespace objc

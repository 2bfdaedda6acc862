// @synchronized: a recursive mutex for each object that is locked at the moment.
#include <mutex>
#include <unordered_map>

#include "runtime/abi.h"

namespace objc {
namespace {

struct Lock {
  std::recursive_mutex mutex;
  int users = 0;  // that hold it or wait for it
};

struct Locks {
  std::mutex mutex;
  std::unordered_map<const Object*, Lock> by_object;  // elements never move
};

Locks& AllLocks() {
  static auto* locks = new Locks;
  return *locks;
}

}  // namespace
}  // namespace objc

extern "C" {

int objc_sync_enter(objc::Object* object) {
  if (object) {
    objc::Lock* lock = nullptr;
    {
      std::lock_guard guard(objc::AllLocks().mutex);
      lock = &objc::AllLocks().by_object[object];
      lock->users++;
    }
    lock->mutex.lock();
  }
  return 0;
}

int objc_sync_exit(objc::Object* object) {
  if (object) {
    std::lock_guard guard(objc::AllLocks().mutex);
    const auto found = objc::AllLocks().by_object.find(object);
    if (found == objc::AllLocks().by_object.end()) {
      return -1;
    }
    found->second.mutex.unlock();
    if (--found->second.users == 0) {
      objc::AllLocks().by_object.erase(found);
    }
  }
  return 0;
}

}  // extern "C"

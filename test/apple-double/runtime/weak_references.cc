#include "runtime/weak_references.h"

#include <mutex>
#include <unordered_map>
#include <vector>

#include "runtime/autorelease_pool.h"
#include "runtime/reference_counting.h"

namespace objc {
namespace {

// Where weak references to an object are. All of them, and the table, are read and written under
// the mutex.
struct WeakReferences {
  std::mutex mutex;
  std::unordered_map<Object*, std::vector<Object**>> locations;
};

WeakReferences& AllWeakReferences() {
  static auto* references = new WeakReferences;
  return *references;
}

void Forget(WeakReferences& references, Object** location) {
  const auto found = references.locations.find(*location);
  if (found != references.locations.end()) {
    std::erase(found->second, location);
    if (found->second.empty()) {
      references.locations.erase(found);
    }
  }
  *location = nullptr;
}

// nil for an object that is being deallocated.
void Set(WeakReferences& references, Object** location, Object* object) {
  if (object && IsCounted(object)) {
    if (IsDeallocating(object)) {
      object = nullptr;
    } else {
      object->references.fetch_or(kWeaklyReferenced, std::memory_order_relaxed);
      references.locations[object].push_back(location);
    }
  }
  *location = object;
}

// With a reference of the caller's, or nil.
Object* LoadRetained(Object* object) {
  if (!object || !IsCounted(object)) {
    return objc_retain(object);
  }
  return TryRetain(object) ? object : nullptr;
}

}  // namespace

void ClearWeakReferences(Object* object) {
  WeakReferences& references = AllWeakReferences();
  std::lock_guard lock(references.mutex);
  const auto found = references.locations.find(object);
  if (found != references.locations.end()) {
    for (Object** location : found->second) {
      *location = nullptr;
    }
    references.locations.erase(found);
  }
}

}  // namespace objc

extern "C" {

objc::Object* objc_storeWeak(objc::Object** location, objc::Object* object) {
  objc::WeakReferences& references = objc::AllWeakReferences();
  std::lock_guard lock(references.mutex);
  objc::Forget(references, location);
  objc::Set(references, location, object);
  return *location;
}

objc::Object* objc_initWeak(objc::Object** location, objc::Object* object) {
  objc::WeakReferences& references = objc::AllWeakReferences();
  std::lock_guard lock(references.mutex);
  objc::Set(references, location, object);
  return *location;
}

void objc_destroyWeak(objc::Object** location) {
  objc::WeakReferences& references = objc::AllWeakReferences();
  std::lock_guard lock(references.mutex);
  objc::Forget(references, location);
}

objc::Object* objc_loadWeakRetained(objc::Object** location) {
  std::lock_guard lock(objc::AllWeakReferences().mutex);
  return objc::LoadRetained(*location);
}

objc::Object* objc_loadWeak(objc::Object** location) {
  return objc_autorelease(objc_loadWeakRetained(location));
}

void objc_copyWeak(objc::Object** destination, objc::Object** source) {
  objc::WeakReferences& references = objc::AllWeakReferences();
  std::lock_guard lock(references.mutex);
  objc::Set(references, destination, *source);
}

void objc_moveWeak(objc::Object** destination, objc::Object** source) {
  objc::WeakReferences& references = objc::AllWeakReferences();
  std::lock_guard lock(references.mutex);
  objc::Set(references, destination, *source);
  objc::Forget(references, source);
}

}  // extern "C"

#pragma once

// The classes there are, and what is known about each.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "runtime/abi.h"
#include "runtime/method_cache.h"

namespace objc {

enum class Initialization { kPending, kRunning, kDone };

// What the runtime keeps for a class, and for a metaclass.
struct ClassData {
  explicit ClassData(Class* class_of_instances) : instances_class(class_of_instances) {}

  Class* const instances_class;  // the class itself; for a metaclass the class it belongs to

  // Guarded by the lock of all classes, except that the cache may be read without.
  MethodCache cache;
  std::unordered_map<const char*, Slot> slots;  // what the cache points to
  std::vector<MethodList*> category_methods;    // later ones win
  std::vector<ProtocolList*> category_protocols;

  // +initialize, see initialization.cc. Not used for metaclasses.
  std::atomic<Initialization> initialization{Initialization::kPending};
  std::thread::id initializing_thread;
};

// Guards the registry, all method tables, and the writing of caches.
std::mutex& ClassesMutex();

// The registry by name; the caller holds ClassesMutex().
std::unordered_map<std::string_view, Class*>& ClassesByName();

// Of the class itself, categories first; null if there is none. The caller holds ClassesMutex().
Method* FindOwnMethod(const Class* target, const char* unique_name);
// Of the class or of its superclasses; the last argument receives which.
Method* FindMethod(Class* target, const char* unique_name, Class** owner);

// Strings of up to eight characters may be in the pointer itself (see
// foundation/string_literals.mm).
inline bool IsTaggedPointer(const void* pointer) {
  return (reinterpret_cast<std::uintptr_t>(pointer) & 7) != 0;
}

extern Class* tagged_pointer_class;  // set when NSTinyString is loaded

inline Class* ClassOf(const Object* object) {
  return IsTaggedPointer(object) ? tagged_pointer_class : object->isa;
}

}  // namespace objc

extern "C" {
objc::Class* objc_getClass(const char* name);
objc::Class* object_getClass(objc::Object* object);
objc::Class* class_getSuperclass(objc::Class* target);
const char* class_getName(objc::Class* target);
const char* object_getClassName(objc::Object* object);
bool class_isMetaClass(objc::Class* target);
bool class_conformsToProtocol(objc::Class* target, objc::Protocol* protocol);
bool protocol_conformsToProtocol(objc::Protocol* protocol, objc::Protocol* other);
const char* protocol_getName(objc::Protocol* protocol);
}

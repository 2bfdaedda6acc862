// Synthesized accessors of properties that are atomic, or that are not what ARC handles inline.
#include <array>
#include <cstring>
#include <mutex>
#include <utility>

#include "runtime/autorelease_pool.h"
#include "runtime/classes.h"
#include "runtime/dispatch.h"
#include "runtime/reference_counting.h"
#include "runtime/selectors.h"

namespace objc {
namespace {

// Held for single loads and stores only, so that properties may share one.
std::mutex& MutexFor(const void* location) {
  static auto* mutexes = new std::array<std::mutex, 31>;
  return (*mutexes)[(reinterpret_cast<std::uintptr_t>(location) >> 4) % mutexes->size()];
}

// Values are larger than a word and copied by the compiler's code, which might take long: one for
// all.
std::recursive_mutex& ValuesMutex() {
  static auto* mutex = new std::recursive_mutex;
  return *mutex;
}

Object** At(Object* object, std::ptrdiff_t offset) {
  return reinterpret_cast<Object**>(reinterpret_cast<char*>(object) + offset);
}

Object* Copy(Object* value) {
  static Selector* const copy = sel_registerName("copyWithZone:");
  return value ? Send(value, copy, static_cast<void*>(nullptr)) : nullptr;
}

// Takes over the caller's reference to the value.
void Set(Object* object, std::ptrdiff_t offset, Object* retained, bool atomic) {
  Object** location = At(object, offset);
  std::unique_lock<std::mutex> lock;
  if (atomic) {
    lock = std::unique_lock(MutexFor(location));
  }
  Object* previous = std::exchange(*location, retained);
  if (atomic) {
    lock.unlock();  // deallocating may do anything
  }
  objc_release(previous);
}

}  // namespace
}  // namespace objc

extern "C" {

objc::Object* objc_getProperty(objc::Object* object, objc::Selector*, std::ptrdiff_t offset,
                               bool atomic) {
  if (!object) {
    return nullptr;
  }
  objc::Object** location = objc::At(object, offset);
  if (!atomic) {
    return *location;
  }
  objc::Object* value = nullptr;
  {
    std::lock_guard lock(objc::MutexFor(location));
    value = objc_retain(*location);
  }
  return objc_autorelease(value);
}

void objc_setProperty(objc::Object* object, objc::Selector*, std::ptrdiff_t offset,
                      objc::Object* value, bool atomic, bool copy) {
  objc::Set(object, offset, copy ? objc::Copy(value) : objc_retain(value), atomic);
}

void objc_setProperty_atomic(objc::Object* object, objc::Selector*, objc::Object* value,
                             std::ptrdiff_t offset) {
  objc::Set(object, offset, objc_retain(value), true);
}

void objc_setProperty_nonatomic(objc::Object* object, objc::Selector*, objc::Object* value,
                                std::ptrdiff_t offset) {
  objc::Set(object, offset, objc_retain(value), false);
}

void objc_setProperty_atomic_copy(objc::Object* object, objc::Selector*, objc::Object* value,
                                  std::ptrdiff_t offset) {
  objc::Set(object, offset, objc::Copy(value), true);
}

void objc_setProperty_nonatomic_copy(objc::Object* object, objc::Selector*, objc::Object* value,
                                     std::ptrdiff_t offset) {
  objc::Set(object, offset, objc::Copy(value), false);
}

void objc_getPropertyStruct(void* destination, const void* source, std::ptrdiff_t size, bool atomic,
                            bool /*has_strong*/) {
  std::unique_lock<std::recursive_mutex> lock;
  if (atomic) {
    lock = std::unique_lock(objc::ValuesMutex());
  }
  std::memcpy(destination, source, static_cast<std::size_t>(size));
}

void objc_setPropertyStruct(void* destination, const void* source, std::ptrdiff_t size, bool atomic,
                            bool has_strong) {
  objc_getPropertyStruct(destination, source, size, atomic, has_strong);
}

// The compiler's functions take references to the property's type, which UndefinedBehaviorSanitizer
// would report.
#ifdef __clang__
#define IGNORE_FUNCTION_TYPES __attribute__((no_sanitize("function")))
#else
#define IGNORE_FUNCTION_TYPES
#endif

IGNORE_FUNCTION_TYPES
void objc_getCppObjectAtomic(void* destination, const void* source,
                             void (*copy)(void*, const void*)) {
  std::lock_guard lock(objc::ValuesMutex());
  copy(destination, source);
}

IGNORE_FUNCTION_TYPES
void objc_setCppObjectAtomic(void* destination, const void* source,
                             void (*copy)(void*, const void*)) {
  std::lock_guard lock(objc::ValuesMutex());
  copy(destination, source);
}

}  // extern "C"

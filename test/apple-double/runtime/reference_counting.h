#pragma once

#include "runtime/abi.h"

namespace objc {

// Object::references is the number of references times two, plus one if there is, or was, a weak
// reference: objects without any are deallocated without looking into the table of weak references.
constexpr std::intptr_t kWeaklyReferenced = 1;
constexpr std::intptr_t kOneReference = 2;

// False if the object is being deallocated.
bool TryRetain(Object* object);
bool IsDeallocating(const Object* object);

// False for what is never deallocated: tagged pointers, classes and static objects.
bool IsCounted(const Object* object);

// Owns a reference.
class Reference {
 public:
  explicit Reference(Object* retained) : object_(retained) {}
  Reference(const Reference&) = delete;
  Reference& operator=(const Reference&) = delete;
  ~Reference();

  Object* get() const { return object_; }

 private:
  Object* object_;
};

}  // namespace objc

extern "C" {
objc::Object* objc_retain(objc::Object* object);
void objc_release(objc::Object* object);
void objc_storeStrong(objc::Object** location, objc::Object* value);
std::size_t object_getRetainCount(objc::Object* object);
}

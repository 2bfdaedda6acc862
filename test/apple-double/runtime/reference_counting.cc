#include "runtime/reference_counting.h"

#include "runtime/blocks.h"
#include "runtime/classes.h"
#include "runtime/deallocated_objects.h"
#include "runtime/dispatch.h"
#include "runtime/fatal.h"
#include "runtime/selectors.h"
#include "runtime/weak_references.h"

namespace objc {
namespace {

constexpr unsigned long kSpecial = kMetaclass | kImmortal | kBlock | kDeallocated;

Object* RetainSpecial(Object* object) {
  if (object->isa->info & kDeallocated) {
    ReportMessageToDeallocatedObject("retain");
  }
  return object->isa->info & kBlock ? static_cast<Object*>(_Block_copy(object)) : object;
}

void ReleaseSpecial(Object* object) {
  if (object->isa->info & kDeallocated) {
    ReportMessageToDeallocatedObject("release");
  }
  if (object->isa->info & kBlock) {
    _Block_release(object);
  }
}

void Deallocate(Object* object, bool weakly_referenced) {
  static Selector* const dealloc = sel_registerName("dealloc");
  if (weakly_referenced) {
    ClearWeakReferences(object);
  }
  Send(object, dealloc);
}

}  // namespace

bool IsCounted(const Object* object) {
  return !IsTaggedPointer(object) && !(object->isa->info & kSpecial);
}

bool IsDeallocating(const Object* object) {
  return object->references.load(std::memory_order_relaxed) < kOneReference;
}

bool TryRetain(Object* object) {
  std::intptr_t references = object->references.load(std::memory_order_relaxed);
  while (references >= kOneReference) {
    if (object->references.compare_exchange_weak(references, references + kOneReference,
                                                 std::memory_order_relaxed)) {
      return true;
    }
  }
  return false;
}

Reference::~Reference() { objc_release(object_); }

}  // namespace objc

extern "C" {

objc::Object* objc_retain(objc::Object* object) {
  if (!object || objc::IsTaggedPointer(object)) {
    return object;
  }
  if (object->isa->info & objc::kSpecial) {
    return objc::RetainSpecial(object);
  }
  object->references.fetch_add(objc::kOneReference, std::memory_order_relaxed);
  return object;
}

void objc_release(objc::Object* object) {
  if (!object || objc::IsTaggedPointer(object)) {
    return;
  }
  if (object->isa->info & objc::kSpecial) {
    objc::ReleaseSpecial(object);
    return;
  }
  // Acquire and release: what other owners did to the object happens before its deallocation.
  const std::intptr_t before =
      object->references.fetch_sub(objc::kOneReference, std::memory_order_acq_rel);
  if (before < objc::kOneReference) {
    objc::Fatal("%s %p is released more often than it was retained", object->isa->name,
                static_cast<void*>(object));
  }
  if (before < 2 * objc::kOneReference) {
    objc::Deallocate(object, (before & objc::kWeaklyReferenced) != 0);
  }
}

void objc_storeStrong(objc::Object** location, objc::Object* value) {
  objc_retain(value);
  const objc::Reference previous(*location);
  *location = value;
}

std::size_t object_getRetainCount(objc::Object* object) {
  if (!objc::IsCounted(object)) {
    return SIZE_MAX;
  }
  return static_cast<std::size_t>(object->references.load(std::memory_order_relaxed) /
                                  objc::kOneReference);
}

}  // extern "C"

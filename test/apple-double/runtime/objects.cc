#include "runtime/objects.h"

#include <cstdlib>
#include <new>

#include "runtime/deallocated_objects.h"
#include "runtime/initialization.h"
#include "runtime/live_objects.h"
#include "runtime/reference_counting.h"

namespace objc {
namespace {

std::atomic<long> live_objects{0};

void Construct(const Class* target, Object* object) {
  if (target->superclass) {
    Construct(target->superclass, object);
  }
  if (target->construct) {
    target->construct(object, nullptr);
  }
}

}  // namespace

void CountAllocation() { live_objects.fetch_add(1, std::memory_order_relaxed); }
void CountDeallocation() { live_objects.fetch_sub(1, std::memory_order_relaxed); }

}  // namespace objc

long LiveObjects() { return objc::live_objects.load(std::memory_order_relaxed); }

extern "C" {

objc::Object* class_createInstance(objc::Class* target, std::size_t extra_bytes) {
  objc::EnsureInitialized(target);
  const std::size_t size = static_cast<std::size_t>(target->instance_size) + extra_bytes;
  void* memory = std::calloc(1, size);
  if (!memory) {
    throw std::bad_alloc();
  }
  auto* object = new (memory) objc::Object{target, objc::kOneReference};
  objc::CountAllocation();
  objc::Construct(target, object);
  return object;
}

objc::Object* object_dispose(objc::Object* object) {
  for (const objc::Class* target = object->isa; target; target = target->superclass) {
    if (target->destroy) {
      target->destroy(object, nullptr);
    }
  }
  objc::CountDeallocation();
  objc::FreeObject(object);
  return nullptr;
}

}  // extern "C"

#pragma once

#include "runtime/abi.h"

namespace objc {

// Counts heap objects and heap blocks for LiveObjects().
void CountAllocation();
void CountDeallocation();

}  // namespace objc

extern "C" {
// An object with one reference, zeroed, its C++ members constructed.
objc::Object* class_createInstance(objc::Class* target, std::size_t extra_bytes);
// Destroys C++ members, releases what ARC holds, and frees.
objc::Object* object_dispose(objc::Object* object);
}

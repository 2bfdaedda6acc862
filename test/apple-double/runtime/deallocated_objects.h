#pragma once

#include "runtime/abi.h"

namespace objc {

// Frees an object's memory. Without a sanitizer that would notice its use, the memory of the
// objects deallocated last is kept for a while, marked, so that messages to them are fatal instead
// of undefined.
void FreeObject(Object* object);

[[noreturn]] void ReportMessageToDeallocatedObject(const char* message);

}  // namespace objc

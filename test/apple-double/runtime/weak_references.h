#pragma once

#include "runtime/abi.h"

namespace objc {

// Makes all weak references to an object that is about to be deallocated nil.
void ClearWeakReferences(Object* object);

}  // namespace objc

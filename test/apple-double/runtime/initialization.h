#pragma once

#include "runtime/classes.h"

namespace objc {

// Sends +initialize to a class that has not been sent it, its superclasses first, and returns when
// it has returned. Other threads wait meanwhile; the initializing thread itself may send messages.
void EnsureInitialized(Class* target);

inline bool IsInitialized(const Class* target) {
  return target->data->initialization.load(std::memory_order_acquire) == Initialization::kDone;
}

}  // namespace objc

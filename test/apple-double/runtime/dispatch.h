#pragma once

#include "runtime/abi.h"

namespace objc {

// The method a class answers a message with, which may be inherited; null if there is none.
Slot* FindSlot(Class* target, const Selector* selector);

// As above for a receiver that is not null; sends doesNotRecognizeSelector: if there is none.
Implementation ImplementationFor(Object* receiver, Selector* selector);

// Sends a message that takes Arguments and returns an object.
template <typename... Arguments>
Object* Send(Object* receiver, Selector* selector, Arguments... arguments) {
  using Signature = Object* (*)(Object*, Selector*, Arguments...);
  // By way of void: compilers warn of casts between signatures that differ.
  void* implementation = reinterpret_cast<void*>(ImplementationFor(receiver, selector));
  return reinterpret_cast<Signature>(implementation)(receiver, selector, arguments...);
}

}  // namespace objc

extern "C" {
bool class_respondsToSelector(objc::Class* target, objc::Selector* selector);
objc::Implementation class_getMethodImplementation(objc::Class* target, objc::Selector* selector);
}

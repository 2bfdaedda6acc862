#pragma once

#include "runtime/abi.h"

namespace objc {

// The one copy of a selector's name.
const char* UniqueName(const char* name);

}  // namespace objc

extern "C" {
objc::Selector* sel_registerName(const char* name);
const char* sel_getName(objc::Selector* selector);
bool sel_isEqual(objc::Selector* left, objc::Selector* right);
}

#pragma once

#include "runtime/abi.h"

extern "C" {
objc::Object* objc_autorelease(objc::Object* object);
objc::Object* objc_retainAutorelease(objc::Object* object);
}

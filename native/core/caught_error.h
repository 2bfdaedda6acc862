#pragma once

#include <string>

#include "core/error.h"

namespace mobilenet {

// Inside a catch clause of std::exception: what was caught as an Error. `during` completes "out of
// memory while ...".
Error CaughtError(const std::string& during);

}  // namespace mobilenet

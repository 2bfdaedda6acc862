#pragma once

#include <string>

namespace apple_double {

// Misuse that Apple's validation would stop the process for. Here it is an exception, so that a
// test can see it.
[[noreturn]] void RaiseInvalidArgument(const std::string& reason);
[[noreturn]] void RaiseInconsistency(const std::string& reason);

}  // namespace apple_double

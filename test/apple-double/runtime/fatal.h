#pragma once

namespace objc {

// Prints a line to the error stream and aborts: for mistakes after which nothing can be trusted.
[[noreturn]] void Fatal(const char* format, ...) __attribute__((format(printf, 1, 2)));

}  // namespace objc

#include "runtime/fatal.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace objc {

void Fatal(const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  std::fputs("Objective-C: ", stderr);
  std::vfprintf(stderr, format, arguments);
  std::fputc('\n', stderr);
  va_end(arguments);
  std::abort();
}

}  // namespace objc

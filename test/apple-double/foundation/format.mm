#include "foundation/format.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <utility>

#include "foundation/raise.h"
#include "foundation/string.h"
#include "foundation/unicode.h"

namespace foundation {
namespace {

// Reads conversions from a format, and their values from the arguments, and writes them as text.
class Formatter {
 public:
  Formatter(std::string_view format, va_list arguments) : rest_(format) {
    va_copy(arguments_, arguments);
  }
  Formatter(const Formatter&) = delete;
  Formatter& operator=(const Formatter&) = delete;
  ~Formatter() { va_end(arguments_); }

  std::string Run() {
    while (!rest_.empty()) {
      const std::size_t percent = std::min(rest_.find('%'), rest_.size());
      result_ += rest_.substr(0, percent);
      rest_.remove_prefix(percent);
      if (!rest_.empty()) {
        rest_.remove_prefix(1);
        RunConversion();
      }
    }
    return std::move(result_);
  }

 private:
  // After the percent sign: flags, width, precision, size, letter.
  void RunConversion() {
    options_ = TakeWhileIn("#0- +");
    options_ += TakeWidth();
    if (rest_.starts_with('.')) {
      rest_.remove_prefix(1);
      options_ += '.';
      options_ += TakeWidth();
    }
    const std::string size = TakeWhileIn("hlqjztL");
    const char letter = rest_.empty() ? '\0' : rest_.front();
    rest_.remove_prefix(rest_.empty() ? 0 : 1);
    switch (letter) {
      case '%':
        result_ += '%';
        return;
      case '@':
        WriteObject(va_arg(arguments_, id));
        return;
      case 'd':
      case 'i':
        WriteInteger<long long, long, int>(size, letter);
        return;
      case 'u':
      case 'x':
      case 'X':
      case 'o':
        WriteInteger<unsigned long long, unsigned long, unsigned>(size, letter);
        return;
      case 'a':
      case 'A':
      case 'e':
      case 'E':
      case 'f':
      case 'F':
      case 'g':
      case 'G':
        if (size == "L") {
          Print("L", letter, va_arg(arguments_, long double));
        } else {
          Print("", letter, va_arg(arguments_, double));
        }
        return;
      case 'c':
        Print("", letter, va_arg(arguments_, int));
        return;
      case 'C': {
        const auto unit = static_cast<char16_t>(va_arg(arguments_, int));
        result_ += Utf8FromUtf16({&unit, 1});
        return;
      }
      case 's': {
        const char* text = va_arg(arguments_, const char*);
        Print("", letter, text ? text : "(null)");
        return;
      }
      case 'p':
        Print("", letter, va_arg(arguments_, void*));
        return;
      default:
        Raise(NSInvalidArgumentException, @"unknown conversion %%%s%s%c in a format",
              options_.c_str(), size.c_str(), letter);
    }
  }

  std::string TakeWhileIn(std::string_view characters) {
    const std::size_t end = std::min(rest_.find_first_not_of(characters), rest_.size());
    const std::string taken(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return taken;
  }

  std::string TakeWidth() {
    if (rest_.starts_with('*')) {
      rest_.remove_prefix(1);
      return std::to_string(va_arg(arguments_, int));
    }
    return TakeWhileIn("0123456789");
  }

  void WriteObject(id object) {
    result_ += object ? Utf8FromString([object description]) : "(null)";
  }

  template <typename LongLong, typename Long, typename Int>
  void WriteInteger(const std::string& size, char letter) {
    if (size == "ll" || size == "q" || size == "j") {
      Print("ll", letter, va_arg(arguments_, LongLong));
    } else if (size == "l" || size == "z" || size == "t") {
      Print("l", letter, va_arg(arguments_, Long));
    } else {
      Print(size.c_str(), letter, va_arg(arguments_, Int));
    }
  }

  template <typename Value>
  void Print(const char* size, char letter, Value value) {
    const std::string specification = '%' + options_ + size + letter;
    const int length = std::snprintf(nullptr, 0, specification.c_str(), value);
    const std::size_t before = result_.size();
    result_.resize(before + static_cast<std::size_t>(length) + 1);
    std::snprintf(result_.data() + before, static_cast<std::size_t>(length) + 1,
                  specification.c_str(), value);
    result_.pop_back();  // the null
  }

  std::string_view rest_;
  va_list arguments_;
  std::string options_;  // flags, width and precision of the current conversion
  std::string result_;
};

}  // namespace

std::string Format(NSString* format, va_list arguments) {
  if (!format) {
    Raise(NSInvalidArgumentException, @"a format is nil");
  }
  const std::string text = Utf8FromString(format);
  return Formatter(text, arguments).Run();
}

}  // namespace foundation

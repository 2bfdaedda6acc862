#pragma once

#include <string>
#include <string_view>

namespace foundation {

bool IsAscii(std::string_view text);
bool IsValidUtf8(std::string_view text);

// Of valid UTF-8, in UTF-16 code units.
std::size_t Utf16Length(std::string_view utf8);
std::u16string Utf16FromUtf8(std::string_view utf8);

// A surrogate without its partner becomes U+FFFD.
std::string Utf8FromUtf16(std::u16string_view utf16);

}  // namespace foundation

#include "foundation/unicode.h"

#include <algorithm>

namespace foundation {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr char32_t kFirstSupplementary = 0x10000;

bool IsContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

bool IsHighSurrogate(char32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool IsLowSurrogate(char32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

// How many bytes a character has by its first one; 0 if none starts so.
std::size_t SequenceLength(unsigned char first) {
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xC2 && first < 0xE0) {
    return 2;
  }
  if (first >= 0xE0 && first < 0xF0) {
    return 3;
  }
  return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

// The character at the start of text, of that many bytes.
char32_t Decode(std::string_view text, std::size_t length) {
  const auto first = static_cast<unsigned char>(text[0]);
  char32_t character = length == 1 ? first : first & (0xFFu >> (length + 1));
  for (const char byte : text.substr(1, length - 1)) {
    character = character << 6 | (static_cast<unsigned char>(byte) & 0x3Fu);
  }
  return character;
}

void AppendUtf8(std::string& text, char32_t character) {
  const auto append = [&text](char32_t byte) { text += static_cast<char>(byte); };
  if (character < 0x80) {
    append(character);
  } else if (character < 0x800) {
    append(0xC0 | character >> 6);
    append(0x80 | (character & 0x3F));
  } else if (character < kFirstSupplementary) {
    append(0xE0 | character >> 12);
    append(0x80 | (character >> 6 & 0x3F));
    append(0x80 | (character & 0x3F));
  } else {
    append(0xF0 | character >> 18);
    append(0x80 | (character >> 12 & 0x3F));
    append(0x80 | (character >> 6 & 0x3F));
    append(0x80 | (character & 0x3F));
  }
}

}  // namespace

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
}

bool IsValidUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = SequenceLength(static_cast<unsigned char>(text[0]));
    if (length == 0 || length > text.size()) {
      return false;
    }
    for (const char byte : text.substr(1, length - 1)) {
      if (!IsContinuation(static_cast<unsigned char>(byte))) {
        return false;
      }
    }
    const char32_t character = Decode(text, length);
    const bool is_surrogate = IsHighSurrogate(character) || IsLowSurrogate(character);
    const bool is_too_long =
        (length == 3 && character < 0x800) || (length == 4 && character < kFirstSupplementary);
    if (is_surrogate || is_too_long || character > 0x10FFFF) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

std::size_t Utf16Length(std::string_view utf8) {
  std::size_t units = 0;
  for (const char character : utf8) {
    const auto byte = static_cast<unsigned char>(character);
    if (!IsContinuation(byte)) {
      units += SequenceLength(byte) == 4 ? 2 : 1;
    }
  }
  return units;
}

std::u16string Utf16FromUtf8(std::string_view utf8) {
  std::u16string utf16;
  while (!utf8.empty()) {
    const std::size_t length = SequenceLength(static_cast<unsigned char>(utf8[0]));
    const char32_t character = Decode(utf8, length);
    if (character < kFirstSupplementary) {
      utf16 += static_cast<char16_t>(character);
    } else {
      utf16 += static_cast<char16_t>(0xD800 + ((character - kFirstSupplementary) >> 10));
      utf16 += static_cast<char16_t>(0xDC00 + (character & 0x3FF));
    }
    utf8.remove_prefix(length);
  }
  return utf16;
}

std::string Utf8FromUtf16(std::u16string_view utf16) {
  std::string utf8;
  for (std::size_t i = 0; i < utf16.size(); i++) {
    const char32_t unit = utf16[i];
    if (IsHighSurrogate(unit) && i + 1 < utf16.size() && IsLowSurrogate(utf16[i + 1])) {
      i++;
      AppendUtf8(utf8, kFirstSupplementary + ((unit - 0xD800) << 10) + (utf16[i] - 0xDC00u));
    } else {
      AppendUtf8(utf8, IsHighSurrogate(unit) || IsLowSurrogate(unit) ? kReplacement : unit);
    }
  }
  return utf8;
}

}  // namespace foundation

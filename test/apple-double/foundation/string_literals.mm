// What the compiler makes of @"...": a static structure, or, for up to eight ASCII characters, a
// pointer that contains them.
#include <cstdint>
#include <string>

#include "foundation/string.h"
#include "foundation/unicode.h"

@interface NSString ()
- (void)getUtf8:(std::string*)utf8;
@end

@interface NSTinyString : NSString
@end

namespace {

struct ConstantString {
  void* isa;
  std::uint32_t flags;
  std::uint32_t length;  // in characters or UTF-16 code units
  std::uint32_t size;    // in bytes
  std::uint32_t hash;
  const void* data;  // ASCII, or UTF-16

  bool IsUtf16() const { return (flags & 3) == 2; }
};

// A copy that lives as long as the autorelease pool.
const char* AutoreleasedUtf8(NSString* string) {
  __autoreleasing NSString* copy = foundation::StringFromUtf8(foundation::Utf8FromString(string));
  return copy.UTF8String;
}

}  // namespace

@implementation NSConstantString

- (void)getUtf8:(std::string*)utf8 {
  const auto* constant = static_cast<const ConstantString*>((__bridge const void*)self);
  if (constant->IsUtf16()) {
    *utf8 =
        foundation::Utf8FromUtf16({static_cast<const char16_t*>(constant->data), constant->length});
  } else {
    utf8->assign(static_cast<const char*>(constant->data), constant->length);
  }
}

- (const char*)UTF8String {
  const auto* constant = static_cast<const ConstantString*>((__bridge const void*)self);
  return constant->IsUtf16() ? AutoreleasedUtf8(self) : static_cast<const char*>(constant->data);
}

@end

@implementation NSTinyString

// From the top: eight characters of seven bits, five bits of length, three bits that mark the
// pointer.
- (void)getUtf8:(std::string*)utf8 {
  const auto bits = reinterpret_cast<std::uintptr_t>((__bridge const void*)self);
  const std::size_t length = bits >> 3 & 31;
  utf8->clear();
  for (std::size_t i = 0; i < length; i++) {
    *utf8 += static_cast<char>(bits >> (57 - 7 * i) & 127);
  }
}

- (const char*)UTF8String {
  return AutoreleasedUtf8(self);
}

@end

#include "metal/guarded.h"

#include <exception>

#include "core/error.h"

namespace mobilenet::metal {

std::string ToText(NSString* text) {
  const char* characters = text.UTF8String;
  return characters != nullptr ? characters : "";
}

NSString* ToObjectiveC(const std::string& text) {
  // Names come from model files: what is not UTF-8 gives nil.
  NSString* converted = [NSString stringWithUTF8String:text.c_str()];
  return converted != nil ? converted : @"";
}

void Guarded(const std::function<void()>& body) {
  // Kept until the pool has been emptied: an exception that passed it would leave it full.
  std::exception_ptr thrown;
  std::string reason;
  @autoreleasepool {
    @try {
      try {
        body();
      } catch (const std::exception&) {
        thrown = std::current_exception();
      }
    } @catch (NSException* exception) {
      reason = ToText(exception.name) + ": " + ToText(exception.reason);
    }
  }
  if (thrown) {
    std::rethrow_exception(thrown);
  }
  if (!reason.empty()) {
    throw Error(ErrorCode::kInternal, "Metal raised " + reason);
  }
}

void GuardedTeardown(const std::function<void()>& body) noexcept {
  try {
    Guarded(body);
  } catch (const std::exception&) {
    return;
  }
}

}  // namespace mobilenet::metal

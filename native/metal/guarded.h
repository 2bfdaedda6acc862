#pragma once

#include <functional>
#include <string>

#ifdef __OBJC__
#import <Foundation/Foundation.h>
#endif

namespace mobilenet::metal {

// Runs `body` in an autorelease pool of its own, on whatever thread, and lets C++ exceptions out of
// it. An Objective-C exception becomes Error kInternal: nothing else leaves this folder.
void Guarded(const std::function<void()>& body);

// The same for destructors: what is thrown is dropped, as the memory goes anyway.
void GuardedTeardown(const std::function<void()>& body) noexcept;

#ifdef __OBJC__
std::string ToText(NSString* text);
NSString* ToObjectiveC(const std::string& text);
#endif

}  // namespace mobilenet::metal

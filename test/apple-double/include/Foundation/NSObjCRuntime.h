#pragma once

// Integers, enumerations, and the macros that Apple's headers put on declarations.

#include <limits.h>
#include <objc/objc.h>
#include <objc/runtime.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
#define FOUNDATION_EXTERN extern "C"
#else
#define FOUNDATION_EXTERN extern
#endif
#define FOUNDATION_EXPORT FOUNDATION_EXTERN
#define NS_INLINE static __inline__ __attribute__((always_inline))

#define NS_ASSUME_NONNULL_BEGIN _Pragma("clang assume_nonnull begin")
#define NS_ASSUME_NONNULL_END _Pragma("clang assume_nonnull end")

#define NS_ENUM(type, name) \
  enum name : type name;    \
  enum name : type
#define NS_CLOSED_ENUM(type, name) NS_ENUM(type, name)
// As Apple's for C++: values are combined without casts.
#define NS_OPTIONS(type, name) \
  type name;                   \
  enum __attribute__((flag_enum)) : name
#define NS_ERROR_ENUM(domain, name) NS_ENUM(NSInteger, name)
#define NS_TYPED_ENUM
#define NS_TYPED_EXTENSIBLE_ENUM
#define NS_STRING_ENUM
#define NS_EXTENSIBLE_STRING_ENUM

// What the compiler checks or heeds on macOS is checked and heeded here.
#define NS_DESIGNATED_INITIALIZER __attribute__((objc_designated_initializer))
#define NS_FORMAT_FUNCTION(format_index, first) \
  __attribute__((format(__NSString__, format_index, first)))
#define NS_NOESCAPE __attribute__((noescape))
#define NS_REQUIRES_NIL_TERMINATION __attribute__((sentinel(0, 1)))
#define NS_REQUIRES_SUPER __attribute__((objc_requires_super))
#define NS_RETURNS_INNER_POINTER __attribute__((objc_returns_inner_pointer))
#define NS_RETURNS_NOT_RETAINED __attribute__((ns_returns_not_retained))
#define NS_RETURNS_RETAINED __attribute__((ns_returns_retained))
#define NS_ROOT_CLASS __attribute__((objc_root_class))
#define NS_UNAVAILABLE __attribute__((unavailable))
#define NS_VALID_UNTIL_END_OF_SCOPE __attribute__((objc_precise_lifetime))

// For other languages.
#define NS_REFINED_FOR_SWIFT
#define NS_SWIFT_NAME(name)
#define NS_SWIFT_SENDABLE
#define NS_SWIFT_UNAVAILABLE(message)

// Everything is available.
#define API_AVAILABLE(...)
#define API_DEPRECATED(...)
#define API_DEPRECATED_WITH_REPLACEMENT(...)
#define API_UNAVAILABLE(...)
#define NS_AVAILABLE(...)
#define NS_CLASS_AVAILABLE(...)
#define NS_DEPRECATED(...)
#define NS_ENUM_AVAILABLE(...)

typedef long NSInteger;
typedef unsigned long NSUInteger;

#define NSIntegerMax LONG_MAX
#define NSIntegerMin LONG_MIN
#define NSUIntegerMax ULONG_MAX

static const NSInteger NSNotFound = NSIntegerMax;

typedef double NSTimeInterval;

typedef NS_ENUM(NSInteger, NSComparisonResult) {
  NSOrderedAscending = -1L,
  NSOrderedSame,
  NSOrderedDescending
};

NS_ASSUME_NONNULL_BEGIN

@class NSString;

typedef NSString* NSExceptionName NS_TYPED_EXTENSIBLE_ENUM;
typedef NSComparisonResult (^NSComparator)(id left, id right);

// To the error stream, a line for each call.
FOUNDATION_EXPORT void NSLog(NSString* format, ...) NS_FORMAT_FUNCTION(1, 2);

NS_ASSUME_NONNULL_END

#pragma once

// The language's basic types.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// As on Apple's ARM processors; on Intel's it is signed char.
typedef bool BOOL;

#define YES __objc_yes
#define NO __objc_no

#ifdef __cplusplus
#define nil nullptr
#define Nil nullptr
#else
#define nil ((id)0)
#define Nil ((Class)0)
#endif

#if __has_feature(objc_arc)
#define OBJC_ARC_UNAVAILABLE __attribute__((unavailable("not with automatic reference counting")))
#else
#define OBJC_ARC_UNAVAILABLE
#endif

typedef id (*IMP)(id, SEL, ...);

#ifdef __cplusplus
extern "C" {
#endif

const char* sel_getName(SEL selector);
SEL sel_registerName(const char* name);

#ifdef __cplusplus
}
#endif

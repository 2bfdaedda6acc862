#pragma once

// Looking into classes at run time.

#include <objc/objc.h>

@class Protocol;

#ifdef __cplusplus
extern "C" {
#endif

Class object_getClass(id object);
const char* object_getClassName(id object);
Class objc_getClass(const char* name);

const char* class_getName(Class target);
Class class_getSuperclass(Class target);
BOOL class_isMetaClass(Class target);
BOOL class_respondsToSelector(Class target, SEL selector);
BOOL class_conformsToProtocol(Class target, Protocol* protocol);
IMP class_getMethodImplementation(Class target, SEL selector);
id class_createInstance(Class target, size_t extra_bytes) __attribute__((ns_returns_retained));
id object_dispose(id object) OBJC_ARC_UNAVAILABLE;

const char* protocol_getName(Protocol* protocol);
BOOL protocol_conformsToProtocol(Protocol* protocol, Protocol* other);

BOOL sel_isEqual(SEL left, SEL right);

void objc_exception_throw(id exception) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif

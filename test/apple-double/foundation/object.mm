// Compiled without ARC, whose calls end here.
#import <Foundation/NSException.h>
#import <Foundation/NSObject.h>
#import <Foundation/NSString.h>

#include <cstdint>

#include "foundation/raise.h"

extern "C" {
id objc_retain(id object);
void objc_release(id object);
id objc_autorelease(id object);
NSUInteger object_getRetainCount(id object);
void* _Block_copy(const void* block);
}

namespace {

bool Conforms(Class target, Protocol* protocol) {
  for (; target; target = class_getSuperclass(target)) {
    if (class_conformsToProtocol(target, protocol)) {
      return true;
    }
  }
  return false;
}

}  // namespace

@implementation NSObject

+ (void)load {
}

+ (void)initialize {
}

+ (instancetype)alloc {
  return class_createInstance(self, 0);
}

+ (instancetype)new {
  return [[self alloc] init];
}

- (instancetype)init {
  return self;
}

- (void)dealloc {
  object_dispose(self);
}

- (instancetype)retain {
  return objc_retain(self);
}

- (oneway void)release {
  objc_release(self);
}

- (instancetype)autorelease {
  return objc_autorelease(self);
}

- (NSUInteger)retainCount {
  return object_getRetainCount(self);
}

- (id)copy {
  return [(id<NSCopying>)self copyWithZone:nullptr];
}

- (id)mutableCopy {
  return [(id<NSMutableCopying>)self mutableCopyWithZone:nullptr];
}

// Classes as dictionaries' keys.
+ (id)copyWithZone:(NSZone*)zone {
  return self;
}

- (BOOL)isEqual:(id)object {
  return self == object;
}

- (NSUInteger)hash {
  return reinterpret_cast<std::uintptr_t>(self) >> 4;
}

- (instancetype)self {
  return self;
}

+ (Class)class {
  return self;
}

- (Class)class {
  return object_getClass(self);
}

+ (Class)superclass {
  return class_getSuperclass(self);
}

- (Class)superclass {
  return class_getSuperclass(object_getClass(self));
}

+ (BOOL)isSubclassOfClass:(Class)target {
  for (Class candidate = self; candidate; candidate = class_getSuperclass(candidate)) {
    if (candidate == target) {
      return YES;
    }
  }
  return NO;
}

- (BOOL)isKindOfClass:(Class)target {
  for (Class candidate = object_getClass(self); candidate;
       candidate = class_getSuperclass(candidate)) {
    if (candidate == target) {
      return YES;
    }
  }
  return NO;
}

- (BOOL)isMemberOfClass:(Class)target {
  return object_getClass(self) == target;
}

+ (BOOL)conformsToProtocol:(Protocol*)protocol {
  return Conforms(self, protocol);
}

- (BOOL)conformsToProtocol:(Protocol*)protocol {
  return Conforms(object_getClass(self), protocol);
}

+ (BOOL)instancesRespondToSelector:(SEL)selector {
  return class_respondsToSelector(self, selector);
}

- (BOOL)respondsToSelector:(SEL)selector {
  return class_respondsToSelector(object_getClass(self), selector);
}

- (id)performSelector:(SEL)selector {
  using Signature = id (*)(id, SEL);
  const IMP implementation = class_getMethodImplementation(object_getClass(self), selector);
  if (!implementation) {
    [self doesNotRecognizeSelector:selector];
  }
  return reinterpret_cast<Signature>(implementation)(self, selector);
}

- (id)performSelector:(SEL)selector withObject:(id)object {
  using Signature = id (*)(id, SEL, id);
  const IMP implementation = class_getMethodImplementation(object_getClass(self), selector);
  if (!implementation) {
    [self doesNotRecognizeSelector:selector];
  }
  return reinterpret_cast<Signature>(implementation)(self, selector, object);
}

- (void)doesNotRecognizeSelector:(SEL)selector {
  const Class target = object_getClass(self);
  const bool is_class = class_isMetaClass(target);
  Raise(NSInvalidArgumentException, @"%c[%s %s]: unrecognized selector sent to %s %p",
        is_class ? '+' : '-', class_getName(target), sel_getName(selector),
        is_class ? "class" : "instance", static_cast<void*>(self));
}

+ (NSString*)description {
  return NSStringFromClass(self);
}

- (NSString*)description {
  return [NSString
      stringWithFormat:@"<%s: %p>", class_getName(object_getClass(self)), static_cast<void*>(self)];
}

- (NSString*)debugDescription {
  return [self description];
}

@end

@implementation Protocol
@end

// The superclass of all blocks.
@interface NSBlock : NSObject <NSCopying>
@end

@implementation NSBlock

- (id)copyWithZone:(NSZone*)zone {
  return static_cast<id>(_Block_copy(self));
}

@end

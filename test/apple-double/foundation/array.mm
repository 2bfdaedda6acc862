#import <Foundation/NSArray.h>

#include <algorithm>

#include "foundation/collections.h"

using foundation::RequireObject;

@interface NSArray () {
 @protected
  std::vector<id> _objects;
  unsigned long _mutations;
}
@end

namespace {

void RequireIndex(NSUInteger index, NSUInteger limit, SEL selector) {
  if (index >= limit) {
    Raise(NSRangeException, @"%s: index %lu is not below %lu", sel_getName(selector), index, limit);
  }
}

std::ptrdiff_t Offset(NSUInteger index) { return static_cast<std::ptrdiff_t>(index); }

}  // namespace

@implementation NSArray

+ (instancetype)array {
  return [[self alloc] init];
}

+ (instancetype)arrayWithObject:(id)object {
  return [[self alloc] initWithObjects:&object count:1];
}

+ (instancetype)arrayWithObjects:(const id[])objects count:(NSUInteger)count {
  return [[self alloc] initWithObjects:objects count:count];
}

+ (instancetype)arrayWithObjects:(id)first, ... {
  va_list arguments;
  va_start(arguments, first);
  const std::vector<id> objects = foundation::ObjectsUntilNil(first, arguments);
  va_end(arguments);
  return [[self alloc] initWithObjects:objects.data() count:objects.size()];
}

+ (instancetype)arrayWithArray:(NSArray*)array {
  return [[self alloc] initWithArray:array];
}

- (instancetype)init {
  return [super init];
}

- (instancetype)initWithObjects:(const id[])objects count:(NSUInteger)count {
  if ((self = [super init])) {
    for (NSUInteger i = 0; i < count; i++) {
      RequireObject(objects[i], _cmd);
      _objects.push_back(objects[i]);
    }
  }
  return self;
}

- (instancetype)initWithArray:(NSArray*)array {
  return array ? [self initWithObjects:array->_objects.data() count:array->_objects.size()]
               : [self init];
}

- (NSUInteger)count {
  return _objects.size();
}

- (id)objectAtIndex:(NSUInteger)index {
  RequireIndex(index, _objects.size(), _cmd);
  return _objects[index];
}

- (id)objectAtIndexedSubscript:(NSUInteger)index {
  RequireIndex(index, _objects.size(), _cmd);
  return _objects[index];
}

- (id)firstObject {
  return _objects.empty() ? nil : _objects.front();
}

- (id)lastObject {
  return _objects.empty() ? nil : _objects.back();
}

- (NSArray*)arrayByAddingObject:(id)object {
  NSMutableArray* array = [self mutableCopy];
  [array addObject:object];
  return [array copy];
}

- (BOOL)containsObject:(id)object {
  return [self indexOfObject:object] != NSNotFound;
}

- (NSUInteger)indexOfObject:(id)object {
  const auto found = std::find_if(_objects.begin(), _objects.end(), [object](id candidate) {
    return foundation::ObjectsAreEqual()(candidate, object);
  });
  return found == _objects.end() ? NSNotFound : static_cast<NSUInteger>(found - _objects.begin());
}

- (NSUInteger)indexOfObjectIdenticalTo:(id)object {
  const auto found = std::find(_objects.begin(), _objects.end(), object);
  return found == _objects.end() ? NSNotFound : static_cast<NSUInteger>(found - _objects.begin());
}

- (void)enumerateObjectsUsingBlock:(void(NS_NOESCAPE ^)(id object, NSUInteger index, BOOL* stop))
                                       block {
  BOOL stop = NO;
  NSUInteger index = 0;
  for (id object in self) {
    block(object, index++, &stop);
    if (stop) {
      return;
    }
  }
}

- (NSUInteger)countByEnumeratingWithState:(NSFastEnumerationState*)state
                                  objects:(id __unsafe_unretained[])buffer
                                    count:(NSUInteger)length {
  return foundation::EnumerateAll(_objects, _mutations, state);
}

- (BOOL)isEqualToArray:(NSArray*)array {
  return array && std::equal(_objects.begin(), _objects.end(), array->_objects.begin(),
                             array->_objects.end(), foundation::ObjectsAreEqual());
}

- (BOOL)isEqual:(id)object {
  return [object isKindOfClass:[NSArray class]] && [self isEqualToArray:object];
}

- (NSUInteger)hash {
  return _objects.size();
}

- (NSString*)description {
  std::string text = "(\n";
  for (id object : _objects) {
    foundation::AppendLine(text, object);
  }
  return foundation::StringFromUtf8(text + "\n)");
}

- (id)copyWithZone:(NSZone*)zone {
  return self;
}

- (id)mutableCopyWithZone:(NSZone*)zone {
  return [[NSMutableArray alloc] initWithArray:self];
}

@end

@implementation NSMutableArray

+ (instancetype)arrayWithCapacity:(NSUInteger)capacity {
  return [[self alloc] initWithCapacity:capacity];
}

- (instancetype)init {
  return [super init];
}

- (instancetype)initWithObjects:(const id[])objects count:(NSUInteger)count {
  return [super initWithObjects:objects count:count];
}

- (instancetype)initWithCapacity:(NSUInteger)capacity {
  if ((self = [super init])) {
    _objects.reserve(capacity);
  }
  return self;
}

- (void)addObject:(id)object {
  RequireObject(object, _cmd);
  _mutations++;
  _objects.push_back(object);
}

- (void)addObjectsFromArray:(NSArray*)array {
  const std::vector<id> added = array->_objects;
  _mutations++;
  _objects.insert(_objects.end(), added.begin(), added.end());
}

- (void)insertObject:(id)object atIndex:(NSUInteger)index {
  RequireObject(object, _cmd);
  RequireIndex(index, _objects.size() + 1, _cmd);
  _mutations++;
  _objects.insert(_objects.begin() + Offset(index), object);
}

- (void)replaceObjectAtIndex:(NSUInteger)index withObject:(id)object {
  RequireObject(object, _cmd);
  RequireIndex(index, _objects.size(), _cmd);
  _mutations++;
  _objects[index] = object;
}

- (void)setObject:(id)object atIndexedSubscript:(NSUInteger)index {
  if (index == _objects.size()) {
    [self addObject:object];
  } else {
    [self replaceObjectAtIndex:index withObject:object];
  }
}

- (void)removeObjectAtIndex:(NSUInteger)index {
  RequireIndex(index, _objects.size(), _cmd);
  _mutations++;
  _objects.erase(_objects.begin() + Offset(index));
}

- (void)removeLastObject {
  RequireIndex(0, _objects.size(), _cmd);
  _mutations++;
  _objects.pop_back();
}

- (void)removeObject:(id)object {
  _mutations++;
  std::erase_if(_objects, [object](id candidate) {
    return foundation::ObjectsAreEqual()(candidate, object);
  });
}

- (void)removeAllObjects {
  _mutations++;
  _objects.clear();
}

- (id)copyWithZone:(NSZone*)zone {
  return [[NSArray alloc] initWithArray:self];
}

@end

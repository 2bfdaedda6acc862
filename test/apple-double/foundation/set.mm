#import <Foundation/NSSet.h>

#include "foundation/collections.h"

using foundation::RequireObject;

@interface NSSet () {
 @protected
  std::vector<id> _objects;
  foundation::ObjectPositions _positions;
  unsigned long _mutations;
}
@end

@implementation NSSet

+ (instancetype)set {
  return [[self alloc] init];
}

+ (instancetype)setWithObject:(id)object {
  return [[self alloc] initWithObjects:&object count:1];
}

+ (instancetype)setWithObjects:(id)first, ... {
  va_list arguments;
  va_start(arguments, first);
  const std::vector<id> objects = foundation::ObjectsUntilNil(first, arguments);
  va_end(arguments);
  return [[self alloc] initWithObjects:objects.data() count:objects.size()];
}

+ (instancetype)setWithArray:(NSArray*)array {
  return [[self alloc] initWithArray:array];
}

- (instancetype)init {
  return [super init];
}

- (instancetype)initWithObjects:(const id[])objects count:(NSUInteger)count {
  if ((self = [super init])) {
    for (NSUInteger i = 0; i < count; i++) {
      RequireObject(objects[i], _cmd);
      [self putObject:objects[i]];
    }
  }
  return self;
}

- (instancetype)initWithArray:(NSArray*)array {
  if ((self = [self init])) {
    for (id object in array) {
      [self putObject:object];
    }
  }
  return self;
}

- (void)putObject:(id)object {
  if (_positions.emplace(object, _objects.size()).second) {
    _objects.push_back(object);
  }
}

- (NSUInteger)count {
  return _objects.size();
}

- (id)member:(id)object {
  const auto found = object ? _positions.find(object) : _positions.end();
  return found == _positions.end() ? nil : found->first;
}

- (id)anyObject {
  return _objects.empty() ? nil : _objects.front();
}

- (BOOL)containsObject:(id)object {
  return [self member:object] != nil;
}

- (NSArray*)allObjects {
  return [NSArray arrayWithObjects:_objects.data() count:_objects.size()];
}

- (NSUInteger)countByEnumeratingWithState:(NSFastEnumerationState*)state
                                  objects:(id __unsafe_unretained[])buffer
                                    count:(NSUInteger)length {
  return foundation::EnumerateAll(_objects, _mutations, state);
}

- (BOOL)isEqualToSet:(NSSet*)set {
  if (!set || _objects.size() != set->_objects.size()) {
    return NO;
  }
  for (id object in self) {
    if (![set containsObject:object]) {
      return NO;
    }
  }
  return YES;
}

- (BOOL)isEqual:(id)object {
  return [object isKindOfClass:[NSSet class]] && [self isEqualToSet:object];
}

- (NSUInteger)hash {
  return _objects.size();
}

- (NSString*)description {
  std::string text = "{(\n";
  for (id object : _objects) {
    foundation::AppendLine(text, object);
  }
  return foundation::StringFromUtf8(text + "\n)}");
}

- (id)copyWithZone:(NSZone*)zone {
  return self;
}

- (id)mutableCopyWithZone:(NSZone*)zone {
  return [[NSMutableSet alloc] initWithObjects:_objects.data() count:_objects.size()];
}

@end

@implementation NSMutableSet

- (instancetype)init {
  return [super init];
}

- (instancetype)initWithObjects:(const id[])objects count:(NSUInteger)count {
  return [super initWithObjects:objects count:count];
}

- (instancetype)initWithCapacity:(NSUInteger)capacity {
  if ((self = [super init])) {
    _positions.reserve(capacity);
  }
  return self;
}

- (void)addObject:(id)object {
  RequireObject(object, _cmd);
  _mutations++;
  [self putObject:object];
}

// The last object takes the removed one's place.
- (void)removeObject:(id)object {
  const auto found = object ? _positions.find(object) : _positions.end();
  if (found == _positions.end()) {
    return;
  }
  _mutations++;
  const std::size_t position = found->second;
  // Deallocated after the set is in order again.
  [[maybe_unused]] NS_VALID_UNTIL_END_OF_SCOPE id removed = found->first;
  _positions.at(_objects.back()) = position;
  std::swap(_objects[position], _objects.back());
  _positions.erase(found);
  _objects.pop_back();
}

- (void)removeAllObjects {
  _mutations++;
  _positions.clear();
  _objects.clear();
}

- (id)copyWithZone:(NSZone*)zone {
  return [[NSSet alloc] initWithObjects:_objects.data() count:_objects.size()];
}

@end

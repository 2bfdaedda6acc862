#import <Foundation/NSDictionary.h>

#include "foundation/collections.h"

using foundation::RequireObject;

// Keys and their objects are at the same positions of two arrays.
@interface NSDictionary () {
 @protected
  std::vector<id> _keys;
  std::vector<id> _objects;
  foundation::ObjectPositions _positions;
  unsigned long _mutations;
}
@end

@implementation NSDictionary

+ (instancetype)dictionary {
  return [[self alloc] init];
}

+ (instancetype)dictionaryWithObject:(id)object forKey:(id<NSCopying>)key {
  return [[self alloc] initWithObjects:&object forKeys:&key count:1];
}

+ (instancetype)dictionaryWithObjects:(const id[])objects
                              forKeys:(const id<NSCopying>[])keys
                                count:(NSUInteger)count {
  return [[self alloc] initWithObjects:objects forKeys:keys count:count];
}

+ (instancetype)dictionaryWithDictionary:(NSDictionary*)dictionary {
  return [[self alloc] initWithDictionary:dictionary];
}

- (instancetype)init {
  return [super init];
}

- (instancetype)initWithObjects:(const id[])objects
                        forKeys:(const id<NSCopying>[])keys
                          count:(NSUInteger)count {
  if ((self = [super init])) {
    for (NSUInteger i = 0; i < count; i++) {
      RequireObject(keys[i], _cmd);
      RequireObject(objects[i], _cmd);
      [self putObject:objects[i] forKey:keys[i]];
    }
  }
  return self;
}

- (instancetype)initWithDictionary:(NSDictionary*)dictionary {
  if ((self = [self init]) && dictionary) {
    _keys = dictionary->_keys;
    _objects = dictionary->_objects;
    _positions = dictionary->_positions;
  }
  return self;
}

- (void)putObject:(id)object forKey:(id<NSCopying>)key {
  const auto found = _positions.find(key);
  if (found != _positions.end()) {
    _objects[found->second] = object;
    return;
  }
  id copied_key = [(id)key copy];
  _positions.emplace(copied_key, _keys.size());
  _keys.push_back(copied_key);
  _objects.push_back(object);
}

- (NSUInteger)count {
  return _keys.size();
}

- (id)objectForKey:(id)key {
  const auto found = key ? _positions.find(key) : _positions.end();
  return found == _positions.end() ? nil : _objects[found->second];
}

- (id)objectForKeyedSubscript:(id)key {
  return [self objectForKey:key];
}

- (NSArray*)allKeys {
  return [NSArray arrayWithObjects:_keys.data() count:_keys.size()];
}

- (NSArray*)allValues {
  return [NSArray arrayWithObjects:_objects.data() count:_objects.size()];
}

- (void)enumerateKeysAndObjectsUsingBlock:(void(NS_NOESCAPE ^)(id key, id object, BOOL* stop))
                                              block {
  BOOL stop = NO;
  for (id key in self) {
    block(key, [self objectForKey:key], &stop);
    if (stop) {
      return;
    }
  }
}

- (NSUInteger)countByEnumeratingWithState:(NSFastEnumerationState*)state
                                  objects:(id __unsafe_unretained[])buffer
                                    count:(NSUInteger)length {
  return foundation::EnumerateAll(_keys, _mutations, state);
}

- (BOOL)isEqualToDictionary:(NSDictionary*)dictionary {
  if (!dictionary || _keys.size() != dictionary->_keys.size()) {
    return NO;
  }
  for (id key in self) {
    if (![[self objectForKey:key] isEqual:[dictionary objectForKey:key]]) {
      return NO;
    }
  }
  return YES;
}

- (BOOL)isEqual:(id)object {
  return [object isKindOfClass:[NSDictionary class]] && [self isEqualToDictionary:object];
}

- (NSUInteger)hash {
  return _keys.size();
}

- (NSString*)description {
  std::string text = "{\n";
  for (id key in self) {
    foundation::AppendLine(text, key);
    text += " = " + foundation::Utf8FromString([[self objectForKey:key] description]);
  }
  return foundation::StringFromUtf8(text + "\n}");
}

- (id)copyWithZone:(NSZone*)zone {
  return self;
}

- (id)mutableCopyWithZone:(NSZone*)zone {
  return [[NSMutableDictionary alloc] initWithDictionary:self];
}

@end

@implementation NSMutableDictionary

+ (instancetype)dictionaryWithCapacity:(NSUInteger)capacity {
  return [[self alloc] initWithCapacity:capacity];
}

- (instancetype)init {
  return [super init];
}

- (instancetype)initWithObjects:(const id[])objects
                        forKeys:(const id<NSCopying>[])keys
                          count:(NSUInteger)count {
  return [super initWithObjects:objects forKeys:keys count:count];
}

- (instancetype)initWithCapacity:(NSUInteger)capacity {
  if ((self = [super init])) {
    _positions.reserve(capacity);
  }
  return self;
}

- (void)setObject:(id)object forKey:(id<NSCopying>)key {
  RequireObject(key, _cmd);
  RequireObject(object, _cmd);
  _mutations++;
  [self putObject:object forKey:key];
}

- (void)setObject:(id)object forKeyedSubscript:(id<NSCopying>)key {
  RequireObject(key, _cmd);
  if (object) {
    [self setObject:object forKey:key];
  } else {
    [self removeObjectForKey:key];
  }
}

- (void)addEntriesFromDictionary:(NSDictionary*)dictionary {
  for (id key in dictionary) {
    [self setObject:[dictionary objectForKey:key] forKey:key];
  }
}

// The last key takes the removed one's place.
- (void)removeObjectForKey:(id)key {
  RequireObject(key, _cmd);
  const auto found = _positions.find(key);
  if (found == _positions.end()) {
    return;
  }
  _mutations++;
  const std::size_t position = found->second;
  // Deallocated after the dictionary is in order again.
  [[maybe_unused]] NS_VALID_UNTIL_END_OF_SCOPE id removed = _objects[position];
  _positions.at(_keys.back()) = position;
  std::swap(_keys[position], _keys.back());
  std::swap(_objects[position], _objects.back());
  _positions.erase(found);
  _keys.pop_back();
  _objects.pop_back();
}

- (void)removeAllObjects {
  _mutations++;
  _positions.clear();
  _keys.clear();
  _objects.clear();
}

- (id)copyWithZone:(NSZone*)zone {
  return [[NSDictionary alloc] initWithDictionary:self];
}

@end

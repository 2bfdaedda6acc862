#import <Foundation/NSData.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#import <Foundation/NSString.h>
#include "foundation/raise.h"

using Deallocator = void (^)(void* bytes, NSUInteger length);

@interface NSData () {
 @protected
  std::vector<std::uint8_t> _owned;
}
@end

namespace {

void RequireRange(NSRange range, NSUInteger length, SEL selector) {
  if (range.location > length || range.length > length - range.location) {
    Raise(NSRangeException, @"%s: %lu bytes from %lu are beyond the length %lu",
          sel_getName(selector), range.length, range.location, length);
  }
}

std::string_view View(NSData* data) { return {static_cast<const char*>(data.bytes), data.length}; }

}  // namespace

@implementation NSData {
  // Somebody else's bytes, instead of _owned.
  void* _borrowed;
  NSUInteger _borrowed_length;
  Deallocator _deallocator;
}

+ (instancetype)data {
  return [[self alloc] init];
}

+ (instancetype)dataWithBytes:(const void*)bytes length:(NSUInteger)length {
  return [[self alloc] initWithBytes:bytes length:length];
}

+ (instancetype)dataWithBytesNoCopy:(void*)bytes length:(NSUInteger)length {
  return [[self alloc] initWithBytesNoCopy:bytes length:length];
}

+ (instancetype)dataWithBytesNoCopy:(void*)bytes length:(NSUInteger)length freeWhenDone:(BOOL)free {
  return [[self alloc] initWithBytesNoCopy:bytes length:length freeWhenDone:free];
}

+ (instancetype)dataWithData:(NSData*)data {
  return [[self alloc] initWithData:data];
}

- (instancetype)initWithBytes:(const void*)bytes length:(NSUInteger)length {
  if (!bytes && length > 0) {
    Raise(NSInvalidArgumentException, @"%s: no bytes, but length %lu", sel_getName(_cmd), length);
  }
  if ((self = [self init])) {
    const auto* first = static_cast<const std::uint8_t*>(bytes);
    _owned.assign(first, first + length);
  }
  return self;
}

- (instancetype)initWithBytesNoCopy:(void*)bytes length:(NSUInteger)length {
  return [self initWithBytesNoCopy:bytes length:length freeWhenDone:YES];
}

- (instancetype)initWithBytesNoCopy:(void*)bytes length:(NSUInteger)length freeWhenDone:(BOOL)free {
  Deallocator deallocator = nil;
  if (free) {
    deallocator = ^(void* pointer, NSUInteger) {
      std::free(pointer);
    };
  }
  return [self initWithBytesNoCopy:bytes length:length deallocator:deallocator];
}

- (instancetype)initWithBytesNoCopy:(void*)bytes
                             length:(NSUInteger)length
                        deallocator:(Deallocator)deallocator {
  if ((self = [self init])) {
    _borrowed = bytes;
    _borrowed_length = length;
    _deallocator = [deallocator copy];
  }
  return self;
}

- (instancetype)initWithData:(NSData*)data {
  return [self initWithBytes:data.bytes length:data.length];
}

- (void)dealloc {
  if (_deallocator) {
    _deallocator(_borrowed, _borrowed_length);
  }
}

- (NSUInteger)length {
  return _borrowed ? _borrowed_length : _owned.size();
}

- (const void*)bytes {
  return _borrowed ? _borrowed : _owned.data();
}

- (void)getBytes:(void*)buffer length:(NSUInteger)length {
  [self getBytes:buffer range:NSMakeRange(0, std::min(length, self.length))];
}

- (void)getBytes:(void*)buffer range:(NSRange)range {
  RequireRange(range, self.length, _cmd);
  View(self).copy(static_cast<char*>(buffer), range.length, range.location);
}

- (NSData*)subdataWithRange:(NSRange)range {
  RequireRange(range, self.length, _cmd);
  return [NSData dataWithBytes:View(self).data() + range.location length:range.length];
}

- (BOOL)isEqualToData:(NSData*)other {
  return other && View(self) == View(other);
}

- (BOOL)isEqual:(id)object {
  return [object isKindOfClass:[NSData class]] && [self isEqualToData:object];
}

- (NSUInteger)hash {
  return std::hash<std::string_view>()(View(self));
}

- (NSString*)description {
  return [NSString stringWithFormat:@"{length = %lu}", self.length];
}

- (id)copyWithZone:(NSZone*)zone {
  return self;
}

- (id)mutableCopyWithZone:(NSZone*)zone {
  return [[NSMutableData alloc] initWithData:self];
}

@end

@implementation NSMutableData

+ (instancetype)dataWithCapacity:(NSUInteger)capacity {
  return [[self alloc] initWithCapacity:capacity];
}

+ (instancetype)dataWithLength:(NSUInteger)length {
  return [[self alloc] initWithLength:length];
}

- (instancetype)initWithCapacity:(NSUInteger)capacity {
  if ((self = [self init])) {
    _owned.reserve(capacity);
  }
  return self;
}

- (instancetype)initWithLength:(NSUInteger)length {
  if ((self = [self init])) {
    _owned.resize(length);
  }
  return self;
}

// Copies, after all: the bytes may have to grow.
- (instancetype)initWithBytesNoCopy:(void*)bytes
                             length:(NSUInteger)length
                        deallocator:(Deallocator)deallocator {
  self = [self initWithBytes:bytes length:length];
  if (deallocator) {
    deallocator(bytes, length);
  }
  return self;
}

- (void*)mutableBytes {
  return _owned.data();
}

- (NSUInteger)length {
  return _owned.size();
}

- (void)setLength:(NSUInteger)length {
  _owned.resize(length);
}

- (void)increaseLengthBy:(NSUInteger)extra {
  _owned.resize(_owned.size() + extra);
}

- (void)appendBytes:(const void*)bytes length:(NSUInteger)length {
  const auto* first = static_cast<const std::uint8_t*>(bytes);
  _owned.insert(_owned.end(), first, first + length);
}

- (void)appendData:(NSData*)other {
  const std::string bytes(View(other));  // other may be self
  [self appendBytes:bytes.data() length:bytes.size()];
}

// Grows if the range ends behind the end.
- (void)replaceBytesInRange:(NSRange)range withBytes:(const void*)bytes {
  [self growForRange:range selector:_cmd];
  std::memmove(_owned.data() + range.location, bytes, range.length);
}

- (void)resetBytesInRange:(NSRange)range {
  [self growForRange:range selector:_cmd];
  std::fill_n(_owned.begin() + static_cast<std::ptrdiff_t>(range.location), range.length,
              std::uint8_t{0});
}

- (void)growForRange:(NSRange)range selector:(SEL)selector {
  RequireRange(NSMakeRange(range.location, 0), _owned.size(), selector);
  _owned.resize(std::max(_owned.size(), NSMaxRange(range)));
}

- (id)copyWithZone:(NSZone*)zone {
  return [[NSData alloc] initWithData:self];
}

@end

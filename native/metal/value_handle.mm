#include "metal/value_handle.h"

@implementation MobilenetValueHandle {
  NSString* _label;
}

- (instancetype)initWithValue:(NSUInteger)value label:(NSString*)label {
  self = [super init];
  if (self != nil) {
    _value = value;
    _label = [label copy];
  }
  return self;
}

- (NSString*)label {
  return _label;
}

+ (BOOL)supportsSecureCoding {
  return YES;
}

- (void)encodeWithCoder:(NSCoder*)coder {
  [coder encodeInt64:static_cast<int64_t>(_value) forKey:@"value"];
  [coder encodeObject:_label forKey:@"label"];
}

- (instancetype)initWithCoder:(NSCoder*)coder {
  self = [super init];
  if (self != nil) {
    _value = static_cast<NSUInteger>([coder decodeInt64ForKey:@"value"]);
    _label = [coder decodeObjectOfClass:[NSString class] forKey:@"label"];
  }
  return self;
}

@end

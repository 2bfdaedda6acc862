#import <Foundation/NSString.h>
#import <Foundation/NSValue.h>

#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <type_traits>
#include <variant>

#include "foundation/raise.h"
#include "foundation/string.h"

namespace {

// A number keeps its value, and the type it was made from.
using Value = std::variant<long long, unsigned long long, float, double>;

template <typename Type>
Value ValueOf(Type number) {
  if constexpr (std::is_floating_point_v<Type>) {
    return number;
  } else if constexpr (std::is_signed_v<Type> || std::is_same_v<Type, bool>) {
    return static_cast<long long>(number);
  } else {
    return static_cast<unsigned long long>(number);
  }
}

// Integers are truncated to fewer bits; floating point values end at the type's limits.
template <typename Type, typename Number>
Type Convert(Number number) {
  if constexpr (std::is_same_v<Type, bool>) {
    return number != Number{0};
  } else if constexpr (std::is_floating_point_v<Number> && std::is_integral_v<Type>) {
    if (std::isnan(number)) {
      return 0;
    }
    if (number <= static_cast<Number>(std::numeric_limits<Type>::min())) {
      return std::numeric_limits<Type>::min();
    }
    if (number >= static_cast<Number>(std::numeric_limits<Type>::max())) {
      return std::numeric_limits<Type>::max();
    }
    return static_cast<Type>(number);
  } else {
    return static_cast<Type>(number);
  }
}

template <typename Type>
Type As(const Value& value) {
  return std::visit([](auto number) { return Convert<Type>(number); }, value);
}

// Exact for integers of 64 bits too: so many has a long double, on the machines this is for.
long double Comparable(const Value& value) { return As<long double>(value); }

// The shortest text that is read back as the same value.
std::string Text(const Value& value) {
  return std::visit(
      [](auto number) {
        std::array<char, 32> text;
        const char* begin = text.data();
        const char* end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
        return std::string(begin, end);
      },
      value);
}

}  // namespace

@implementation NSValue

- (const char*)objCType {
  [self doesNotRecognizeSelector:_cmd];
  return nullptr;
}

- (id)copyWithZone:(NSZone*)zone {
  return self;
}

@end

@implementation NSNumber {
  Value _value;
  const char* _type;
}

- (NSNumber*)initWithValue:(Value)value type:(const char*)type {
  if ((self = [super init])) {
    _value = value;
    _type = type;
  }
  return self;
}

#define NUMBER_TYPE(TYPE, CREATION, ACCESSOR)                            \
  +(NSNumber*)numberWith##CREATION : (TYPE)value {                       \
    return [[self alloc] initWith##CREATION:value];                      \
  }                                                                      \
  -(NSNumber*)initWith##CREATION : (TYPE)value {                         \
    return [self initWithValue:ValueOf<TYPE>(value) type:@encode(TYPE)]; \
  }                                                                      \
  -(TYPE)ACCESSOR##Value {                                               \
    return As<TYPE>(_value);                                             \
  }

NUMBER_TYPE(char, Char, char)
NUMBER_TYPE(unsigned char, UnsignedChar, unsignedChar)
NUMBER_TYPE(short, Short, short)
NUMBER_TYPE(unsigned short, UnsignedShort, unsignedShort)
NUMBER_TYPE(int, Int, int)
NUMBER_TYPE(unsigned int, UnsignedInt, unsignedInt)
NUMBER_TYPE(long, Long, long)
NUMBER_TYPE(unsigned long, UnsignedLong, unsignedLong)
NUMBER_TYPE(long long, LongLong, longLong)
NUMBER_TYPE(unsigned long long, UnsignedLongLong, unsignedLongLong)
NUMBER_TYPE(float, Float, float)
NUMBER_TYPE(double, Double, double)
NUMBER_TYPE(BOOL, Bool, bool)
NUMBER_TYPE(NSInteger, Integer, integer)
NUMBER_TYPE(NSUInteger, UnsignedInteger, unsignedInteger)

#undef NUMBER_TYPE

- (const char*)objCType {
  return _type;
}

- (NSComparisonResult)compare:(NSNumber*)other {
  if (!other) {
    Raise(NSInvalidArgumentException, @"-[NSNumber compare:]: nil argument");
  }
  const long double left = Comparable(_value);
  const long double right = Comparable(other->_value);
  return left < right ? NSOrderedAscending : left > right ? NSOrderedDescending : NSOrderedSame;
}

- (BOOL)isEqualToNumber:(NSNumber*)number {
  return number && Comparable(_value) == Comparable(number->_value);
}

- (BOOL)isEqual:(id)object {
  return [object isKindOfClass:[NSNumber class]] && [self isEqualToNumber:object];
}

- (NSUInteger)hash {
  return std::hash<double>()(As<double>(_value));
}

- (NSString*)stringValue {
  return foundation::StringFromUtf8(Text(_value));
}

- (NSString*)description {
  return self.stringValue;
}

@end

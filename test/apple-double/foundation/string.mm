#include "foundation/string.h"

#include <cstring>
#include <functional>

#import <Foundation/NSData.h>
#include "foundation/format.h"
#include "foundation/raise.h"
#include "foundation/unicode.h"

using foundation::Utf8FromString;

@interface NSString () {
 @protected
  std::string _utf8;  // valid; unused by the literals' classes
}

// What the literals' classes override.
- (void)getUtf8:(std::string*)utf8;
@property(nullable, readonly) const char* UTF8String NS_RETURNS_INNER_POINTER;

@end

namespace foundation {

std::string Utf8FromString(NSString* string) {
  std::string utf8;
  [string getUtf8:&utf8];
  return utf8;
}

NSString* StringFromUtf8(std::string utf8) {
  return [[NSString alloc] initWithBytes:utf8.data()
                                  length:utf8.size()
                                encoding:NSUTF8StringEncoding];
}

}  // namespace foundation

namespace {

// The text of an argument that must not be nil.
std::string ArgumentUtf8(NSString* argument, SEL selector) {
  if (!argument) {
    Raise(NSInvalidArgumentException, @"-[NSString %s]: nil argument", sel_getName(selector));
  }
  return Utf8FromString(argument);
}

bool IsInEncoding(std::string_view utf8, NSStringEncoding encoding) {
  switch (encoding) {
    case NSASCIIStringEncoding:
      return foundation::IsAscii(utf8);
    case NSUTF8StringEncoding:
      return true;
    default:
      Raise(NSInvalidArgumentException, @"string encoding %lu is not supported", encoding);
  }
}

}  // namespace

@implementation NSString

- (void)getUtf8:(std::string*)utf8 {
  *utf8 = _utf8;
}

- (const char*)UTF8String {
  return _utf8.c_str();
}

+ (instancetype)string {
  return [[self alloc] init];
}

+ (instancetype)stringWithString:(NSString*)string {
  return [[self alloc] initWithString:string];
}

+ (instancetype)stringWithUTF8String:(const char*)bytes {
  return [[self alloc] initWithUTF8String:bytes];
}

+ (instancetype)stringWithFormat:(NSString*)format, ... {
  va_list arguments;
  va_start(arguments, format);
  NSString* string = [[self alloc] initWithFormat:format arguments:arguments];
  va_end(arguments);
  return string;
}

- (instancetype)init {
  return [super init];
}

- (instancetype)initWithString:(NSString*)string {
  if ((self = [self init])) {
    _utf8 = ArgumentUtf8(string, _cmd);
  }
  return self;
}

- (instancetype)initWithUTF8String:(const char*)bytes {
  if (!bytes) {
    Raise(NSInvalidArgumentException, @"-[NSString %s]: null argument", sel_getName(_cmd));
  }
  return [self initWithBytes:bytes length:std::strlen(bytes) encoding:NSUTF8StringEncoding];
}

- (instancetype)initWithBytes:(const void*)bytes
                       length:(NSUInteger)length
                     encoding:(NSStringEncoding)encoding {
  const std::string_view text(static_cast<const char*>(bytes), length);
  if (!IsInEncoding(text, encoding) || !foundation::IsValidUtf8(text)) {
    return nil;
  }
  if ((self = [self init])) {
    _utf8 = text;
  }
  return self;
}

- (instancetype)initWithData:(NSData*)data encoding:(NSStringEncoding)encoding {
  return [self initWithBytes:data.bytes length:data.length encoding:encoding];
}

- (instancetype)initWithFormat:(NSString*)format, ... {
  va_list arguments;
  va_start(arguments, format);
  self = [self initWithFormat:format arguments:arguments];
  va_end(arguments);
  return self;
}

- (instancetype)initWithFormat:(NSString*)format arguments:(va_list)arguments {
  if ((self = [self init])) {
    _utf8 = foundation::Format(format, arguments);
  }
  return self;
}

- (NSUInteger)length {
  return foundation::Utf16Length(Utf8FromString(self));
}

- (unichar)characterAtIndex:(NSUInteger)index {
  const std::u16string utf16 = foundation::Utf16FromUtf8(Utf8FromString(self));
  if (index >= utf16.size()) {
    Raise(NSRangeException, @"-[NSString characterAtIndex:]: index %lu is beyond the length %zu",
          index, utf16.size());
  }
  return utf16[index];
}

- (NSUInteger)lengthOfBytesUsingEncoding:(NSStringEncoding)encoding {
  const std::string utf8 = Utf8FromString(self);
  return IsInEncoding(utf8, encoding) ? utf8.size() : 0;
}

- (NSData*)dataUsingEncoding:(NSStringEncoding)encoding {
  const std::string utf8 = Utf8FromString(self);
  return IsInEncoding(utf8, encoding) ? [NSData dataWithBytes:utf8.data() length:utf8.size()] : nil;
}

- (BOOL)isEqual:(id)object {
  return self == object ||
         ([object isKindOfClass:[NSString class]] && [self isEqualToString:object]);
}

- (NSUInteger)hash {
  return std::hash<std::string>()(Utf8FromString(self));
}

- (BOOL)isEqualToString:(NSString*)string {
  return string && Utf8FromString(self) == Utf8FromString(string);
}

- (NSComparisonResult)compare:(NSString*)string {
  const int order = foundation::Utf16FromUtf8(Utf8FromString(self))
                        .compare(foundation::Utf16FromUtf8(ArgumentUtf8(string, _cmd)));
  return order < 0 ? NSOrderedAscending : order > 0 ? NSOrderedDescending : NSOrderedSame;
}

- (BOOL)hasPrefix:(NSString*)string {
  return Utf8FromString(self).starts_with(ArgumentUtf8(string, _cmd));
}

- (BOOL)hasSuffix:(NSString*)string {
  return Utf8FromString(self).ends_with(ArgumentUtf8(string, _cmd));
}

- (BOOL)containsString:(NSString*)string {
  return Utf8FromString(self).find(ArgumentUtf8(string, _cmd)) != std::string::npos;
}

- (NSString*)stringByAppendingString:(NSString*)string {
  return foundation::StringFromUtf8(Utf8FromString(self) + ArgumentUtf8(string, _cmd));
}

- (NSString*)stringByAppendingFormat:(NSString*)format, ... {
  va_list arguments;
  va_start(arguments, format);
  const std::string appended = foundation::Format(format, arguments);
  va_end(arguments);
  return foundation::StringFromUtf8(Utf8FromString(self) + appended);
}

- (NSString*)description {
  return self;
}

- (id)copyWithZone:(NSZone*)zone {
  return self;
}

- (id)mutableCopyWithZone:(NSZone*)zone {
  return [[NSMutableString alloc] initWithString:self];
}

@end

@implementation NSMutableString

- (void)setString:(NSString*)string {
  _utf8 = ArgumentUtf8(string, _cmd);
}

- (void)appendString:(NSString*)string {
  _utf8 += ArgumentUtf8(string, _cmd);
}

- (void)appendFormat:(NSString*)format, ... {
  va_list arguments;
  va_start(arguments, format);
  _utf8 += foundation::Format(format, arguments);
  va_end(arguments);
}

- (NSString*)description {
  return [self copy];
}

- (id)copyWithZone:(NSZone*)zone {
  return [[NSString alloc] initWithString:self];
}

@end

NSString* NSStringFromClass(Class target) {
  return target ? [NSString stringWithUTF8String:class_getName(target)] : nil;
}

NSString* NSStringFromSelector(SEL selector) {
  return selector ? [NSString stringWithUTF8String:sel_getName(selector)] : nil;
}

NSString* NSStringFromProtocol(Protocol* protocol) {
  return protocol ? [NSString stringWithUTF8String:protocol_getName(protocol)] : nil;
}

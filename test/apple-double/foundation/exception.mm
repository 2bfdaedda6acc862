#import <Foundation/NSException.h>

#include "foundation/format.h"
#include "foundation/raise.h"
#include "foundation/string.h"

NSExceptionName const NSGenericException = @"NSGenericException";
NSExceptionName const NSRangeException = @"NSRangeException";
NSExceptionName const NSInvalidArgumentException = @"NSInvalidArgumentException";
NSExceptionName const NSInternalInconsistencyException = @"NSInternalInconsistencyException";
NSExceptionName const NSMallocException = @"NSMallocException";

void Raise(NSExceptionName name, NSString* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  NSString* reason = foundation::StringFromUtf8(foundation::Format(format, arguments));
  va_end(arguments);
  @throw [NSException exceptionWithName:name reason:reason userInfo:nil];
}

@implementation NSException

+ (NSException*)exceptionWithName:(NSExceptionName)name
                           reason:(NSString*)reason
                         userInfo:(NSDictionary*)user_info {
  return [[self alloc] initWithName:name reason:reason userInfo:user_info];
}

+ (void)raise:(NSExceptionName)name format:(NSString*)format, ... {
  va_list arguments;
  va_start(arguments, format);
  NSString* reason = foundation::StringFromUtf8(foundation::Format(format, arguments));
  va_end(arguments);
  @throw [self exceptionWithName:name reason:reason userInfo:nil];
}

+ (void)raise:(NSExceptionName)name format:(NSString*)format arguments:(va_list)arguments {
  NSString* reason = foundation::StringFromUtf8(foundation::Format(format, arguments));
  @throw [self exceptionWithName:name reason:reason userInfo:nil];
}

- (instancetype)init {
  return [self initWithName:NSGenericException reason:nil userInfo:nil];
}

- (instancetype)initWithName:(NSExceptionName)name
                      reason:(NSString*)reason
                    userInfo:(NSDictionary*)user_info {
  if ((self = [super init])) {
    _name = [name copy];
    _reason = [reason copy];
    _userInfo = [user_info copy];
  }
  return self;
}

- (void)raise {
  @throw self;
}

- (NSString*)description {
  return self.reason ? self.reason : self.name;
}

- (id)copyWithZone:(NSZone*)zone {
  return self;
}

@end

#import <Foundation/NSError.h>
#import <Foundation/NSString.h>

#include "foundation/raise.h"

NSErrorUserInfoKey const NSUnderlyingErrorKey = @"NSUnderlyingError";
NSErrorUserInfoKey const NSLocalizedDescriptionKey = @"NSLocalizedDescription";
NSErrorUserInfoKey const NSLocalizedFailureReasonErrorKey = @"NSLocalizedFailureReason";
NSErrorUserInfoKey const NSLocalizedRecoverySuggestionErrorKey = @"NSLocalizedRecoverySuggestion";

@implementation NSError

+ (instancetype)errorWithDomain:(NSErrorDomain)domain
                           code:(NSInteger)code
                       userInfo:(NSDictionary<NSErrorUserInfoKey, id>*)dictionary {
  return [[self alloc] initWithDomain:domain code:code userInfo:dictionary];
}

- (instancetype)init {
  return [self initWithDomain:@"NSErrorDomain" code:0 userInfo:nil];
}

- (instancetype)initWithDomain:(NSErrorDomain)domain
                          code:(NSInteger)code
                      userInfo:(NSDictionary<NSErrorUserInfoKey, id>*)dictionary {
  if (!domain) {
    Raise(NSInvalidArgumentException, @"an error's domain is nil");
  }
  if ((self = [super init])) {
    _domain = [domain copy];
    _code = code;
    _userInfo = dictionary ? [dictionary copy] : @{};
  }
  return self;
}

- (NSString*)localizedDescription {
  if (NSString* description = self.userInfo[NSLocalizedDescriptionKey]) {
    return description;
  }
  NSString* operation = @"The operation couldn’t be completed. ";
  if (NSString* reason = self.localizedFailureReason) {
    return [operation stringByAppendingString:reason];
  }
  return [operation stringByAppendingFormat:@"(%@ error %ld.)", self.domain, self.code];
}

- (NSString*)localizedFailureReason {
  return self.userInfo[NSLocalizedFailureReasonErrorKey];
}

- (NSString*)localizedRecoverySuggestion {
  return self.userInfo[NSLocalizedRecoverySuggestionErrorKey];
}

- (BOOL)isEqual:(id)object {
  if (![object isKindOfClass:[NSError class]]) {
    return NO;
  }
  NSError* other = object;
  return self.code == other.code && [self.domain isEqualToString:other.domain] &&
         [self.userInfo isEqualToDictionary:other.userInfo];
}

- (NSUInteger)hash {
  return self.domain.hash ^ static_cast<NSUInteger>(self.code);
}

- (NSString*)description {
  return [NSString stringWithFormat:@"Error Domain=%@ Code=%ld \"%@\"", self.domain, self.code,
                                    self.localizedDescription];
}

- (id)copyWithZone:(NSZone*)zone {
  return self;
}

@end

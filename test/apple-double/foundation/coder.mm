#import <Foundation/NSCoder.h>

#include "foundation/raise.h"

namespace {

[[noreturn]] void RaiseAbstract(SEL selector) {
  Raise(NSInvalidArgumentException, @"-[NSCoder %s]: a subclass implements it",
        sel_getName(selector));
}

}  // namespace

@implementation NSCoder

- (void)encodeInt64:(int64_t)value forKey:(NSString*)key {
  RaiseAbstract(_cmd);
}

- (int64_t)decodeInt64ForKey:(NSString*)key {
  RaiseAbstract(_cmd);
}

- (void)encodeObject:(id)object forKey:(NSString*)key {
  RaiseAbstract(_cmd);
}

- (id)decodeObjectOfClass:(Class)kind forKey:(NSString*)key {
  RaiseAbstract(_cmd);
}

@end

#import <Foundation/NSNull.h>
#import <Foundation/NSString.h>

@implementation NSNull

+ (NSNull*)null {
  static NSNull* null = [[NSNull alloc] init];
  return null;
}

- (id)copyWithZone:(NSZone*)zone {
  return self;
}

- (NSString*)description {
  return @"<null>";
}

@end

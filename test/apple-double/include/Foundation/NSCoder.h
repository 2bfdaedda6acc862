#pragma once

#import <Foundation/NSObject.h>
#import <Foundation/NSString.h>

NS_ASSUME_NONNULL_BEGIN

// Abstract: a subclass says where things go. There are no archives here.
@interface NSCoder : NSObject
- (void)encodeInt64:(int64_t)value forKey:(NSString*)key;
- (int64_t)decodeInt64ForKey:(NSString*)key;
- (void)encodeObject:(nullable id)object forKey:(NSString*)key;
- (nullable id)decodeObjectOfClass:(Class)kind forKey:(NSString*)key;
@end

NS_ASSUME_NONNULL_END

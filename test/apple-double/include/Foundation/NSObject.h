#pragma once

#import <Foundation/NSObjCRuntime.h>

NS_ASSUME_NONNULL_BEGIN

@class NSCoder, NSString, Protocol;

typedef struct _NSZone NSZone;

@protocol NSObject

- (BOOL)isEqual:(nullable id)object;
@property(readonly) NSUInteger hash;

@property(readonly) Class superclass;
- (Class)class;
- (instancetype)self;

- (id)performSelector:(SEL)selector;
- (id)performSelector:(SEL)selector withObject:(nullable id)object;

- (BOOL)isKindOfClass:(Class)target;
- (BOOL)isMemberOfClass:(Class)target;
- (BOOL)conformsToProtocol:(Protocol*)protocol;
- (BOOL)respondsToSelector:(SEL)selector;

- (instancetype)retain OBJC_ARC_UNAVAILABLE;
- (oneway void)release OBJC_ARC_UNAVAILABLE;
- (instancetype)autorelease OBJC_ARC_UNAVAILABLE;
- (NSUInteger)retainCount OBJC_ARC_UNAVAILABLE;

@property(readonly, copy) NSString* description;
@optional
@property(readonly, copy) NSString* debugDescription;

@end

@protocol NSCopying
- (id)copyWithZone:(nullable NSZone*)zone;
@end

@protocol NSMutableCopying
- (id)mutableCopyWithZone:(nullable NSZone*)zone;
@end

@protocol NSCoding
- (void)encodeWithCoder:(NSCoder*)coder;
- (nullable instancetype)initWithCoder:(NSCoder*)coder;
@end

@protocol NSSecureCoding <NSCoding>
@required
@property(class, readonly) BOOL supportsSecureCoding;
@end

NS_ROOT_CLASS
@interface NSObject <NSObject> {
 @private
  Class isa;
  intptr_t _references;  // the runtime's
}

+ (void)load;
+ (void)initialize;

+ (instancetype)new;
+ (instancetype)alloc;
- (instancetype)init;
- (void)dealloc;

- (id)copy;
- (id)mutableCopy;

+ (Class)superclass;
+ (Class)class;
+ (BOOL)isSubclassOfClass:(Class)target;
+ (BOOL)instancesRespondToSelector:(SEL)selector;
+ (BOOL)conformsToProtocol:(Protocol*)protocol;

- (void)doesNotRecognizeSelector:(SEL)selector;

+ (NSString*)description;

@end

@interface Protocol : NSObject
@end

NS_ASSUME_NONNULL_END

#pragma once

#import <Foundation/NSArray.h>
#import <Foundation/NSEnumerator.h>
#import <Foundation/NSObject.h>

NS_ASSUME_NONNULL_BEGIN

@interface NSSet<__covariant ObjectType> : NSObject <NSCopying, NSMutableCopying, NSFastEnumeration>

@property(readonly) NSUInteger count;
- (nullable ObjectType)member:(ObjectType)object;

- (instancetype)init NS_DESIGNATED_INITIALIZER;
- (instancetype)initWithObjects:(const ObjectType _Nonnull[_Nullable])objects
                          count:(NSUInteger)count NS_DESIGNATED_INITIALIZER;

@end

@interface NSSet <ObjectType>(NSExtendedSet)

// In no particular order.
@property(readonly, copy) NSArray<ObjectType>* allObjects;
- (nullable ObjectType)anyObject;
- (BOOL)containsObject:(ObjectType)object;
- (BOOL)isEqualToSet:(NSSet<ObjectType>*)set;

@end

@interface NSSet <ObjectType>(NSSetCreation)

+ (instancetype)set;
+ (instancetype)setWithObject:(ObjectType)object;
+ (instancetype)setWithObjects:(ObjectType)first, ... NS_REQUIRES_NIL_TERMINATION;
+ (instancetype)setWithArray:(NSArray<ObjectType>*)array;
- (instancetype)initWithArray:(NSArray<ObjectType>*)array;

@end

@interface NSMutableSet<ObjectType> : NSSet <ObjectType>

- (void)addObject:(ObjectType)object;
- (void)removeObject:(ObjectType)object;

- (instancetype)init NS_DESIGNATED_INITIALIZER;
- (instancetype)initWithObjects:(const ObjectType _Nonnull[_Nullable])objects
                          count:(NSUInteger)count NS_DESIGNATED_INITIALIZER;
- (instancetype)initWithCapacity:(NSUInteger)capacity NS_DESIGNATED_INITIALIZER;

@end

@interface NSMutableSet <ObjectType>(NSExtendedMutableSet)
- (void)removeAllObjects;
@end

NS_ASSUME_NONNULL_END

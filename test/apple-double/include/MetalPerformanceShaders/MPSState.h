#pragma once
// States that filters hand on beside images. Inference needs none; they are here as arguments.
#import <MetalPerformanceShaders/MPSCoreTypes.h>

@interface MPSState : NSObject
@property(readwrite, nonatomic) NSUInteger readCount;
@property(readonly, nonatomic) BOOL isTemporary;
@property(nullable, copy, atomic) NSString* label;
- (nullable instancetype)init NS_UNAVAILABLE;
@end

typedef NSArray<MPSState*> MPSStateBatch;

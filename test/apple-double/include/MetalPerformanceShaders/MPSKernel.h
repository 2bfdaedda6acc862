#pragma once
// The base of everything that can be encoded.
#import <MetalPerformanceShaders/MPSCoreTypes.h>

@interface MPSKernel : NSObject <NSCopying, NSSecureCoding>
@property(readwrite, nonatomic) MPSKernelOptions options;
@property(readonly, retain, nonatomic, nonnull) id<MTLDevice> device;
@property(copy, atomic, nullable) NSString* label;
- (nonnull instancetype)initWithDevice:(nonnull id<MTLDevice>)device NS_DESIGNATED_INITIALIZER;
- (nullable instancetype)initWithCoder:(NSCoder* _Nonnull)aDecoder;
@end

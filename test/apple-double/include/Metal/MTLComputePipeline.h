#pragma once
// A compute function made ready to run on one device.
#import <Metal/MTLLibrary.h>

NS_ASSUME_NONNULL_BEGIN
@protocol MTLComputePipelineState <NSObject>
@property(nullable, readonly) NSString* label;
@property(readonly) id<MTLDevice> device;
@property(readonly) NSUInteger maxTotalThreadsPerThreadgroup;
@property(readonly) NSUInteger threadExecutionWidth;
@end
NS_ASSUME_NONNULL_END

#pragma once
// What encoders have in common.
#import <Metal/MTLDefines.h>

@protocol MTLDevice;

NS_ASSUME_NONNULL_BEGIN
@protocol MTLCommandEncoder <NSObject>
@property(readonly) id<MTLDevice> device;
@property(nullable, copy, atomic) NSString* label;
- (void)endEncoding;
- (void)insertDebugSignpost:(NSString*)string;
- (void)pushDebugGroup:(NSString*)string;
- (void)popDebugGroup;
@end
NS_ASSUME_NONNULL_END

#pragma once

#import <MetalPerformanceShaders/MetalPerformanceShaders.h>

#include "metal/class_names.h"

NS_ASSUME_NONNULL_BEGIN

// Names a value of the Program where a graph takes or gives its image.
@interface MobilenetValueHandle : NSObject <MPSHandle>

- (instancetype)init NS_UNAVAILABLE;
- (instancetype)initWithValue:(NSUInteger)value label:(NSString*)label NS_DESIGNATED_INITIALIZER;
- (nullable instancetype)initWithCoder:(NSCoder*)coder NS_DESIGNATED_INITIALIZER;

@property(readonly, nonatomic) NSUInteger value;  // number in Program::values

@end

NS_ASSUME_NONNULL_END

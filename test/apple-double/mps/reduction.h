#pragma once

#import <MetalPerformanceShaders/MPSCNNMath.h>

#include "kernel_internal.h"

// The mean of each channel over the whole plane.
@interface AppleDoubleSpatialMean : MPSNNReduceUnary
- (instancetype)initPrivatelyWithDevice:(id<MTLDevice>)device;
@end

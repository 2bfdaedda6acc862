#pragma once

#import <MetalPerformanceShaders/MPSImage.h>

namespace apple_double {

id<MPSImageAllocator> DefaultImageAllocator();
id<MPSImageAllocator> DefaultTemporaryImageAllocator();

}  // namespace apple_double

#pragma once

#import <Metal/MTLBuffer.h>

#include <memory>

#include "device.h"
#include "storage.h"

@interface AppleDoubleBuffer : NSObject <MTLBuffer>
// Nil when the device has no room or does not make buffers that long. `bytes` may be null: zeros.
+ (instancetype)newBufferWithDevice:(AppleDoubleDevice*)device
                              bytes:(const void*)bytes
                             length:(NSUInteger)length
                            options:(MTLResourceOptions)options;
- (std::shared_ptr<apple_double::Storage>)storage;
@end

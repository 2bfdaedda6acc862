#pragma once

#import <Metal/MTLTexture.h>

#include <memory>

#include "../shader/shader_function.h"
#include "device.h"
#include "pixel_format.h"
#include "storage.h"

@interface AppleDoubleTexture : NSObject <MTLTexture>
// Nil when the device has no room; raises for descriptors that no device takes.
+ (instancetype)newTextureWithDevice:(AppleDoubleDevice*)device
                          descriptor:(MTLTextureDescriptor*)descriptor;
// A texture in temporary memory.
+ (instancetype)newTemporaryTextureWithDevice:(AppleDoubleDevice*)device
                                   descriptor:(MTLTextureDescriptor*)descriptor
                                         heap:(std::shared_ptr<apple_double::TemporaryHeap>)heap;
+ (NSUInteger)bytesForDescriptor:(MTLTextureDescriptor*)descriptor;
- (std::shared_ptr<apple_double::Storage>)storage;
- (apple_double::PixelFormat)format;
// The texels as the GPU sees them. The storage must live as long.
- (apple_double::TextureView)view;
@end

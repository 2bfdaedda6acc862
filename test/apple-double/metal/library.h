#pragma once

#import <Metal/MTLComputePipeline.h>
#import <Metal/MTLLibrary.h>

#include <memory>
#include <string>
#include <vector>

#include "../shader/shader_function.h"
#include "device.h"

// "Compiles" shader source: the double runs C++ compiled from the same file, and only checks that
// the source it is given is that file.
@interface AppleDoubleLibrary : NSObject <MTLLibrary>
+ (instancetype)newLibraryWithDevice:(AppleDoubleDevice*)device
                              source:(NSString*)source
                               error:(NSError* __autoreleasing*)error;
@end

@interface AppleDoubleFunction : NSObject <MTLFunction>
- (instancetype)initWithDevice:(AppleDoubleDevice*)device
                        shader:(const apple_double::ShaderFunction*)shader;
- (const apple_double::ShaderFunction*)shader;
@end

@interface AppleDoublePipeline : NSObject <MTLComputePipelineState>
+ (instancetype)newPipelineWithDevice:(AppleDoubleDevice*)device
                             function:(id<MTLFunction>)function
                                error:(NSError* __autoreleasing*)error;
- (const apple_double::ShaderFunction*)shader;
@end

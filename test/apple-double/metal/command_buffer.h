#pragma once

#import <Metal/MTLCommandBuffer.h>

#include <functional>
#include <memory>
#include <string>

#include "command_queue.h"
#include "storage.h"
#include "temporary_heap.h"

// A temporary image, as far as a command buffer has to know of it.
@protocol AppleDoubleTemporary <NSObject>
// The image's name when it must still be read, else nil.
- (NSString*)nameIfUnread;
// The command buffer is gone.
- (void)releaseMemory;
@end

@interface AppleDoubleCommandBuffer : NSObject <MTLCommandBuffer>
- (instancetype)initWithQueue:(AppleDoubleCommandQueue*)queue;

// One encoder at a time: raises when one is open.
- (void)openEncoder;
- (void)closeEncoder;
// The encoder was released without -endEncoding.
- (void)abandonEncoder;
// Raises after commit; while an encoder is open only the encoder may encode.
- (void)requireEncodable;

// Appends work for the GPU. It may throw std::exception: the command buffer then fails.
- (void)appendOperation:(std::function<void()>)operation;
// The work reads or writes this; keeps it alive.
- (void)noteRead:(std::shared_ptr<apple_double::Storage>)storage;
- (void)noteWrite:(std::shared_ptr<apple_double::Storage>)storage;
// Keeps the object until the completed handlers have run.
- (void)keep:(id)object;

- (std::shared_ptr<apple_double::TemporaryHeap>)temporaryHeap;
- (void)addTemporary:(id<AppleDoubleTemporary>)temporary;
// -[MPSCommandBuffer commitAndContinue]: commits without asking whether temporary images were read,
// and returns a command buffer that goes on with them.
- (AppleDoubleCommandBuffer*)commitAndContinueOnNewBuffer;
@end

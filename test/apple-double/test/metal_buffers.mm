#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "metal_support.h"

using namespace apple_double_test;  // NOLINT(google-build-using-namespace)
using apple_double::DiscreteDevice;
using apple_double::SetDevices;

namespace {

uint8_t* Bytes(id<MTLBuffer> buffer) { return static_cast<uint8_t*>(buffer.contents); }

// Copies on the GPU and commits.
void CopyBuffer(id<MTLDevice> device, id<MTLBuffer> from, id<MTLBuffer> to, bool synchronize) {
  id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
  id<MTLBlitCommandEncoder> encoder = [command_buffer blitCommandEncoder];
  [encoder copyFromBuffer:from sourceOffset:0 toBuffer:to destinationOffset:0 size:to.length];
  if (synchronize) {
    [encoder synchronizeResource:to];
  }
  [encoder endEncoding];
  CommitAndWait(command_buffer);
}

}  // namespace

TEST_CASE("metal buffers: shared memory is seen by both sides") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    const char text[] = "abc";
    id<MTLBuffer> from = [device newBufferWithBytes:text
                                             length:4
                                            options:MTLResourceStorageModeShared];
    id<MTLBuffer> to = [device newBufferWithLength:4 options:MTLResourceStorageModeShared];
    CHECK(from.storageMode == MTLStorageModeShared);
    CHECK(to.length == 4);
    CHECK(Bytes(to)[0] == 0);
    CopyBuffer(device, from, to, false);
    CHECK(std::strcmp(static_cast<const char*>(to.contents), "abc") == 0);
    CHECK(Raises([&] { [to didModifyRange:NSMakeRange(0, 4)]; }, "managed"));
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    id<MTLBlitCommandEncoder> encoder = [command_buffer blitCommandEncoder];
    CHECK(Raises([&] { [encoder synchronizeResource:to]; }, "managed"));
    [encoder fillBuffer:to range:NSMakeRange(1, 2) value:9];
    CHECK(Raises([&] { [encoder fillBuffer:to range:NSMakeRange(3, 2) value:9]; }, "lie in"));
    [encoder endEncoding];
    CommitAndWait(command_buffer);
    CHECK(Bytes(to)[0] == 'a');
    CHECK(Bytes(to)[1] == 9);
    CHECK(Bytes(to)[2] == 9);
    CHECK(Bytes(to)[3] == 0);
  }
}

TEST_CASE("metal buffers: shared contents change only when the command buffer runs") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    id<MTLBuffer> buffer = [device newBufferWithLength:1 options:MTLResourceStorageModeShared];
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    id<MTLBlitCommandEncoder> encoder = [command_buffer blitCommandEncoder];
    [encoder fillBuffer:buffer range:NSMakeRange(0, 1) value:1];
    [encoder endEncoding];
    apple_double::HoldCommandBuffers();
    [command_buffer commit];
    CHECK(Bytes(buffer)[0] == 0);
    apple_double::ReleaseCommandBuffers();
    apple_double::WaitUntilIdle();
    CHECK(Bytes(buffer)[0] == 1);
  }
}

TEST_CASE("metal buffers: managed memory has two copies on a device with its own") {
  FreshDouble fresh;
  SetDevices({DiscreteDevice()});
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    id<MTLBuffer> from = [device newBufferWithLength:4 options:MTLResourceStorageModeManaged];
    id<MTLBuffer> to = [device newBufferWithLength:4 options:MTLResourceStorageModeManaged];
    std::memcpy(from.contents, "abcd", 4);
    [from didModifyRange:NSMakeRange(0, 2)];
    CHECK(Raises([&] { [from didModifyRange:NSMakeRange(3, 2)]; }, "end"));
    CopyBuffer(device, from, to, false);
    // What the GPU wrote is undefined for the CPU until it is synchronised.
    CHECK(Bytes(to)[0] != 'a');
    CHECK(Bytes(to)[0] != 0);
    CopyBuffer(device, from, to, true);
    CHECK(Bytes(to)[0] == 'a');
    CHECK(Bytes(to)[1] == 'b');
    CHECK(Bytes(to)[2] == 0);  // nobody said that it was modified
    // What was only read stays as it is.
    CHECK(Bytes(from)[3] == 'd');
  }
}

TEST_CASE("metal buffers: managed memory is one copy on a unified device") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    id<MTLBuffer> from = [device newBufferWithBytes:"ab"
                                             length:2
                                            options:MTLResourceStorageModeManaged];
    id<MTLBuffer> to = [device newBufferWithLength:2 options:MTLResourceStorageModeManaged];
    CopyBuffer(device, from, to, false);
    CHECK(Bytes(to)[1] == 'b');
  }
}

TEST_CASE("metal buffers: the CPU sees nothing of private memory") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    id<MTLBuffer> buffer = [device newBufferWithLength:8 options:MTLResourceStorageModePrivate];
    CHECK(buffer.contents == nullptr);
    CHECK(Raises(
        [&] { [device newBufferWithBytes:"a" length:1 options:MTLResourceStorageModePrivate]; },
        "private"));
  }
}

TEST_CASE("metal buffers: limits and accounts") {
  FreshDouble fresh;
  apple_double::DeviceSpec spec = DiscreteDevice();
  spec.max_buffer_length = 1000;
  spec.memory = 1500;
  SetDevices({spec});
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    CHECK(([device newBufferWithLength:1001 options:MTLResourceStorageModeShared] == nil));
    CHECK(Raises([&] { [device newBufferWithLength:0 options:MTLResourceStorageModeShared]; },
                 "no bytes"));
    CHECK(Raises([&] { [device newBufferWithLength:1 options:MTLResourceStorageModeMemoryless]; },
                 "memoryless"));
    id<MTLBuffer> first = [device newBufferWithLength:1000 options:MTLResourceStorageModePrivate];
    CHECK((first != nil));
    CHECK(apple_double::LiveBytes(2) == 1000);
    CHECK(device.currentAllocatedSize == 1000);
    CHECK(first.allocatedSize == 1000);
    CHECK(([device newBufferWithLength:501 options:MTLResourceStorageModeShared] == nil));
    first = nil;
    CHECK(apple_double::LiveBytes(2) == 0);
    CHECK(([device newBufferWithLength:501 options:MTLResourceStorageModeShared] != nil));
  }
  CHECK(apple_double::LiveBytes(2) == 0);
}

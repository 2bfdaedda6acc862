#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <thread>
#include <vector>

#include "mps_support.h"

using namespace apple_double_test;  // NOLINT(google-build-using-namespace)

namespace {

MPSTemporaryImage* MakeTemporary(id<MTLCommandBuffer> command_buffer) {
  MPSTemporaryImage* image = [MPSTemporaryImage
      temporaryImageWithCommandBuffer:command_buffer
                      imageDescriptor:Describe(4, 4, 4, MPSImageFeatureChannelFormatFloat16)];
  image.label = @"scratch";
  return image;
}

constexpr size_t kImageBytes = 4 * 4 * 4 * 2;

}  // namespace

TEST_CASE("mps temporary images: readCount") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(MTLCreateSystemDefaultDevice());
    MPSTemporaryImage* image = MakeTemporary(command_buffer);
    CHECK(image.readCount == 1);
    image.readCount = 3;
    CHECK(image.readCount == 3);
    CHECK((image.texture != nil));
    image.readCount = 0;
    CHECK(Raises([&] { image.readCount = 1; }, "0 already"));
    CHECK(Raises([&] { (void)image.texture; }, "readCount was 0"));
    CommitAndWait(command_buffer);
    CHECK((command_buffer.error == nil));
  }
}

TEST_CASE("mps temporary images: must be read by commit, which names the one that was not") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(MTLCreateSystemDefaultDevice());
    MPSTemporaryImage* image = MakeTemporary(command_buffer);
    CHECK(Raises([&] { [command_buffer commit]; }, "scratch"));
    image.readCount = 0;
    CommitAndWait(command_buffer);
    CHECK(Raises([&] { MakeTemporary(command_buffer); }, "committed"));
  }
}

TEST_CASE("mps temporary images: of one command buffer, which kernels check") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    id<MTLCommandBuffer> other = NewCommandBuffer(device);
    MPSTemporaryImage* image = MakeTemporary(command_buffer);
    MPSNNGraph* graph = MakeGraph(device, [MPSCNNNeuronReLUNode nodeWithSource:Input(@"in")]);
    CHECK(Raises([&] { [graph encodeToCommandBuffer:other sourceImages:@[ image ]]; },
                 "another command buffer"));
    (void)[graph encodeToCommandBuffer:command_buffer sourceImages:@[ image ]];
    CHECK(image.readCount == 0);
    CHECK(Raises([&] { [graph encodeToCommandBuffer:command_buffer sourceImages:@[ image ]]; },
                 "readCount of 0"));
  }
}

TEST_CASE("mps temporary images: their textures are private, of one command buffer, and end with "
          "the readCount") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    MPSTemporaryImage* image = MakeTemporary(command_buffer);
    CHECK(apple_double::HeapBytesInUse(1) == 0);
    id<MTLTexture> texture = image.texture;
    CHECK(apple_double::HeapBytesInUse(1) == kImageBytes);
    CHECK(texture.storageMode == MTLStorageModePrivate);
    CHECK(Raises([&] { ReadImage(image); }, "private"));
    const std::vector<char> bytes(kImageBytes);
    CHECK(Raises([&] { [image writeBytes:bytes.data() dataLayout:MPSDataLayout(0) imageIndex:0]; },
                 "private"));
    CHECK(Raises([&] { ReadTexture(texture); }, "private"));
    id<MTLCommandBuffer> other = NewCommandBuffer(device);
    id<MTLComputeCommandEncoder> encoder = [other computeCommandEncoder];
    CHECK(Raises([&] { [encoder setTexture:texture atIndex:0]; }, "another command buffer"));
    [encoder endEncoding];
    encoder = [command_buffer computeCommandEncoder];
    [encoder setTexture:texture atIndex:0];
    image.readCount = 0;
    CHECK(Raises([&] { [encoder setTexture:texture atIndex:0]; }, "readCount reached 0"));
    [encoder endEncoding];
    CommitAndWait(command_buffer);
  }
}

TEST_CASE("mps temporary images: memory is used again within the command buffer") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(MTLCreateSystemDefaultDevice());
    MPSTemporaryImage* first = MakeTemporary(command_buffer);
    MPSTemporaryImage* second = MakeTemporary(command_buffer);
    CHECK((first.texture != nil));
    CHECK((second.texture != nil));
    CHECK(apple_double::HeapBytesInUse(1) == 2 * kImageBytes);
    first.readCount = 0;
    MPSTemporaryImage* third = MakeTemporary(command_buffer);
    CHECK((third.texture != nil));
    CHECK(apple_double::HeapBytesInUse(1) == 2 * kImageBytes);
    second.readCount = 0;
    third.readCount = 0;
    CommitAndWait(command_buffer);
  }
}

TEST_CASE(
    "mps temporary images: memory waits for the next command buffer as long as it is told to") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    const auto run = [&](bool set, double seconds) {
      @autoreleasepool {
        id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
        MPSHintTemporaryMemoryHighWaterMark(command_buffer, 1000);
        if (set) {
          MPSSetHeapCacheDuration(command_buffer, seconds);
        }
        MPSTemporaryImage* image = MakeTemporary(command_buffer);
        (void)image.texture;
        image.readCount = 0;
        CommitAndWait(command_buffer);
        apple_double::WaitUntilIdle();
      }
    };
    run(false, 0);
    CHECK(apple_double::HeapCacheBytes(1) == kImageBytes);
    CHECK(apple_double::HeapBytesInUse(1) == 0);
    CHECK(device.currentAllocatedSize == kImageBytes);
    CHECK(apple_double::LiveBytes(1) == 0);
    run(true, 0);  // takes the cached memory and drops it
    CHECK(apple_double::HeapCacheBytes(1) == 0);
    run(true, std::nan(""));
    CHECK(apple_double::HeapCacheBytes(1) == 0);
    run(true, 0.3);
    CHECK(apple_double::HeapCacheBytes(1) == kImageBytes);
    std::this_thread::sleep_for(std::chrono::milliseconds(350));
    CHECK(apple_double::HeapCacheBytes(1) == 0);
  }
}

TEST_CASE("mps temporary images: memory of a command buffer that is given up") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSTemporaryImage* image = nil;
    @autoreleasepool {
      id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
      image = MakeTemporary(command_buffer);
      (void)image.texture;
    }
    CHECK(apple_double::HeapBytesInUse(1) == 0);
    CHECK(Raises([&] { (void)image.texture; }, "readCount was 0"));
  }
}

TEST_CASE("mps temporary images: no memory left") {
  FreshDouble fresh;
  apple_double::DeviceSpec spec = apple_double::UnifiedDevice();
  spec.memory = 100;
  apple_double::SetDevices({spec});
  @autoreleasepool {
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(MTLCreateSystemDefaultDevice());
    MPSTemporaryImage* image = MakeTemporary(command_buffer);
    CHECK(Raises([&] { (void)image.texture; }, "no memory"));
  }
}

TEST_CASE("mps temporary images: go on after commitAndContinue") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSCommandBuffer* command_buffer =
        [MPSCommandBuffer commandBufferFromCommandQueue:[device newCommandQueue]];
    id<MTLCommandBuffer> root = command_buffer.rootCommandBuffer;
    CHECK((root == command_buffer.commandBuffer));
    MPSTemporaryImage* image = MakeTemporary(command_buffer);
    (void)image.texture;
    [command_buffer commitAndContinue];
    CHECK((root != command_buffer.rootCommandBuffer));
    CHECK(root.status >= MTLCommandBufferStatusCommitted);
    CHECK(command_buffer.status == MTLCommandBufferStatusNotEnqueued);
    CHECK(Raises([&] { [command_buffer commit]; }, "scratch"));
    image.readCount = 0;
    CommitAndWait(command_buffer);
  }
}

#include <doctest/doctest.h>

#include <vector>

#include "metal_support.h"

using namespace apple_double_test;  // NOLINT(google-build-using-namespace)
using apple_double::DiscreteDevice;
using apple_double::SetDevices;

namespace {

void Replace(id<MTLTexture> texture, uint8_t value) {
  const std::vector<uint8_t> bytes(texture.width * texture.height * 4, value);
  [texture replaceRegion:MTLRegionMake2D(0, 0, texture.width, texture.height)
             mipmapLevel:0
               withBytes:bytes.data()
             bytesPerRow:texture.width * 4];
}

id<MTLBuffer> OneByte(id<MTLDevice> device) {
  return [device newBufferWithLength:1 options:MTLResourceStorageModePrivate];
}

}  // namespace

TEST_CASE("metal textures: descriptors start as Metal's do") {
  FreshDouble fresh;
  MTLTextureDescriptor* descriptor = [[MTLTextureDescriptor alloc] init];
  CHECK(descriptor.textureType == MTLTextureType2D);
  CHECK(descriptor.pixelFormat == MTLPixelFormatRGBA8Unorm);
  CHECK(descriptor.width == 1);
  CHECK(descriptor.arrayLength == 1);
  CHECK(descriptor.usage == MTLTextureUsageShaderRead);
  CHECK(descriptor.storageMode == MTLStorageModeShared);
  SetDevices({DiscreteDevice()});
  CHECK(descriptor.storageMode == MTLStorageModeManaged);
  descriptor.resourceOptions = MTLResourceStorageModePrivate;
  CHECK(descriptor.storageMode == MTLStorageModePrivate);
  MTLTextureDescriptor* copy = [descriptor copy];
  CHECK(copy.storageMode == MTLStorageModePrivate);
}

TEST_CASE("metal textures: limits") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    const auto make = [&](void (^change)(MTLTextureDescriptor*)) {
      MTLTextureDescriptor* descriptor = SmallTexture(1, 1);
      change(descriptor);
      return [device newTextureWithDescriptor:descriptor];
    };
    CHECK((make(^(MTLTextureDescriptor* descriptor) {
             descriptor.width = 16384;
           }) != nil));
    CHECK(Raises(
        [&] {
          make(^(MTLTextureDescriptor* descriptor) {
            descriptor.width = 16385;
          });
        },
        "16384"));
    CHECK(Raises(
        [&] {
          make(^(MTLTextureDescriptor* descriptor) {
            descriptor.height = 0;
          });
        },
        "height"));
    CHECK(Raises(
        [&] {
          make(^(MTLTextureDescriptor* descriptor) {
            descriptor.arrayLength = 2;
          });
        },
        "MTLTextureType2D"));
    CHECK(make(^(MTLTextureDescriptor* descriptor) {
            descriptor.textureType = MTLTextureType2DArray;
            descriptor.arrayLength = 2048;
          }).arrayLength == 2048);
    CHECK(Raises(
        [&] {
          make(^(MTLTextureDescriptor* descriptor) {
            descriptor.textureType = MTLTextureType2DArray;
            descriptor.arrayLength = 2049;
          });
        },
        "2048"));
  }
}

TEST_CASE("metal textures: regions are written and read") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    id<MTLTexture> texture = [device newTextureWithDescriptor:SmallTexture(3, 2)];
    CHECK(texture.width == 3);
    CHECK(texture.pixelFormat == MTLPixelFormatRGBA8Uint);
    CHECK(texture.storageMode == MTLStorageModeShared);
    CHECK(Raises([&] { ReadTexture(texture); }, "nothing has written"));
    Replace(texture, 1);
    const std::vector<uint8_t> two = {5, 5, 5, 5, 0xff, 6, 6, 6, 6};
    [texture replaceRegion:MTLRegionMake2D(2, 0, 1, 2)
               mipmapLevel:0
                 withBytes:two.data()
               bytesPerRow:5];
    const auto bytes = ReadTexture(texture);
    CHECK(bytes[4] == 1);
    CHECK(bytes[8] == 5);
    CHECK(bytes[20] == 6);
    const auto outside = [&] {
      [texture replaceRegion:MTLRegionMake2D(2, 0, 2, 1)
                 mipmapLevel:0
                   withBytes:two.data()
                 bytesPerRow:8];
    };
    CHECK(Raises(outside, "region"));
    const auto narrow = [&] {
      [texture replaceRegion:MTLRegionMake2D(0, 0, 2, 1)
                 mipmapLevel:0
                   withBytes:two.data()
                 bytesPerRow:7];
    };
    CHECK(Raises(narrow, "bytesPerRow"));
  }
}

TEST_CASE("metal textures: the CPU cannot touch private ones") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MTLTextureDescriptor* descriptor = SmallTexture(2, 2);
    descriptor.storageMode = MTLStorageModePrivate;
    id<MTLTexture> texture = [device newTextureWithDescriptor:descriptor];
    CHECK(Raises([&] { Replace(texture, 1); }, "private"));
    CHECK(Raises([&] { ReadTexture(texture); }, "private"));
  }
}

TEST_CASE("metal textures: not shared where memory is not unified") {
  FreshDouble fresh;
  SetDevices({DiscreteDevice()});
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MTLTextureDescriptor* descriptor = SmallTexture(2, 2);
    descriptor.storageMode = MTLStorageModeShared;
    CHECK(Raises([&] { [device newTextureWithDescriptor:descriptor]; }, "shared"));
  }
}

TEST_CASE("metal textures: on a device with its own memory the CPU sees nothing before a "
          "synchronisation") {
  FreshDouble fresh;
  SetDevices({DiscreteDevice()});
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    id<MTLTexture> texture = [device newTextureWithDescriptor:SmallTexture(2, 2)];
    Replace(texture, 1);
    CHECK(ReadTexture(texture)[0] == 1);
    WriteSevens(device, texture, OneByte(device));
    CHECK(ReadTexture(texture)[0] != 7);
    CHECK(ReadTexture(texture)[1] != 1);
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    id<MTLBlitCommandEncoder> encoder = [command_buffer blitCommandEncoder];
    [encoder synchronizeResource:texture];
    [encoder endEncoding];
    CHECK(ReadTexture(texture)[0] != 7);  // encoded is not done
    CommitAndWait(command_buffer);
    CHECK(ReadTexture(texture)[0] == 7);
    CHECK(ReadTexture(texture)[1] == 1);
  }
}

TEST_CASE("metal textures: with unified memory completion is enough") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    id<MTLTexture> texture = [device newTextureWithDescriptor:SmallTexture(2, 2)];
    WriteSevens(device, texture, OneByte(device));
    CHECK(ReadTexture(texture)[0] == 7);
  }
}

TEST_CASE("metal textures: not to be touched while a command buffer uses them") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    id<MTLTexture> from = [device newTextureWithDescriptor:SmallTexture(2, 2)];
    id<MTLTexture> to = [device newTextureWithDescriptor:SmallTexture(2, 2)];
    Replace(from, 3);
    Replace(to, 4);
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    id<MTLComputeCommandEncoder> encoder = [command_buffer computeCommandEncoder];
    [encoder setComputePipelineState:CopyPipeline(device)];
    [encoder setTexture:from atIndex:0];
    [encoder setTexture:to atIndex:1];
    [encoder dispatchThreads:MTLSizeMake(2, 2, 1) threadsPerThreadgroup:MTLSizeMake(1, 1, 1)];
    [encoder endEncoding];
    CHECK(ReadTexture(to)[0] == 4);  // not committed
    apple_double::HoldCommandBuffers();
    [command_buffer commit];
    CHECK(ReadTexture(from)[0] == 3);
    CHECK(Raises([&] { ReadTexture(to); }, "before the command buffer"));
    CHECK(Raises([&] { Replace(from, 1); }, "while a command buffer"));
    apple_double::ReleaseCommandBuffers();
    apple_double::WaitUntilIdle();
    CHECK(ReadTexture(to)[0] == 3);
    Replace(from, 1);
  }
}

TEST_CASE("metal textures: a command buffer that fails leaves nothing to read") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    id<MTLTexture> texture = [device newTextureWithDescriptor:SmallTexture(2, 2)];
    Replace(texture, 1);
    apple_double::FailNextCommandBuffer(MTLCommandBufferErrorTimeout);
    WriteSevens(device, texture, OneByte(device));
    CHECK(Raises([&] { ReadTexture(texture); }, "nothing has written"));
  }
}

TEST_CASE("metal textures: views") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MTLTextureDescriptor* descriptor = SmallTexture(1, 1);
    descriptor.textureType = MTLTextureType2DArray;
    descriptor.arrayLength = 3;
    id<MTLTexture> texture = [device newTextureWithDescriptor:descriptor];
    id<MTLTexture> view = [texture newTextureViewWithPixelFormat:MTLPixelFormatRGBA8Uint
                                                     textureType:MTLTextureType2D
                                                          levels:NSMakeRange(0, 1)
                                                          slices:NSMakeRange(1, 1)];
    CHECK(view.textureType == MTLTextureType2D);
    CHECK((view.parentTexture == texture));
    Replace(view, 5);
    uint8_t bytes[4] = {};
    [texture getBytes:bytes
          bytesPerRow:4
        bytesPerImage:4
           fromRegion:MTLRegionMake2D(0, 0, 1, 1)
          mipmapLevel:0
                slice:1];
    CHECK(bytes[0] == 5);
    CHECK(Raises([&] { [texture newTextureViewWithPixelFormat:MTLPixelFormatRGBA8Unorm]; },
                 "PixelFormatView"));
    descriptor.usage |= MTLTextureUsagePixelFormatView;
    id<MTLTexture> viewable = [device newTextureWithDescriptor:descriptor];
    CHECK(([viewable newTextureViewWithPixelFormat:MTLPixelFormatRGBA8Unorm] != nil));
    CHECK(
        Raises([&] { [viewable newTextureViewWithPixelFormat:MTLPixelFormatR8Uint]; }, "as large"));
  }
  CHECK(apple_double::LiveBytes(1) == 0);
}

TEST_CASE("metal textures: accounts") {
  FreshDouble fresh;
  apple_double::DeviceSpec spec = apple_double::UnifiedDevice();
  spec.memory = 100;
  SetDevices({spec});
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    id<MTLTexture> texture = [device newTextureWithDescriptor:SmallTexture(4, 4)];
    CHECK(apple_double::LiveBytes(1) == 64);
    CHECK(texture.allocatedSize == 64);
    CHECK(([device newTextureWithDescriptor:SmallTexture(4, 4)] == nil));
  }
  CHECK(apple_double::LiveBytes(1) == 0);
}

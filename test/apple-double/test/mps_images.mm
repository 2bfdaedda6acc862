#include <doctest/doctest.h>

#include <vector>

#include "mps_support.h"

using namespace apple_double_test;  // NOLINT(google-build-using-namespace)
using apple_double::DiscreteDevice;
using apple_double::SetDevices;

namespace {

MPSImage* Make(NSUInteger channels, MPSImageFeatureChannelFormat format) {
  return [[MPSImage alloc] initWithDevice:MTLCreateSystemDefaultDevice()
                          imageDescriptor:Describe(2, 1, channels, format)];
}

// All components of the first slice's texels.
std::vector<_Float16> Texels(id<MTLTexture> texture, NSUInteger slice, size_t components) {
  std::vector<_Float16> texels(texture.width * texture.height * components);
  [texture getBytes:texels.data()
        bytesPerRow:texture.width * components * 2
      bytesPerImage:0
         fromRegion:MTLRegionMake2D(0, 0, texture.width, texture.height)
        mipmapLevel:0
              slice:slice];
  return texels;
}

}  // namespace

TEST_CASE("mps images: four channels a slice, R and RG for one and two") {
  FreshDouble fresh;
  @autoreleasepool {
    const auto half = MPSImageFeatureChannelFormatFloat16;
    CHECK(Make(1, half).pixelFormat == MTLPixelFormatR16Float);
    CHECK(Make(2, half).pixelFormat == MTLPixelFormatRG16Float);
    CHECK(Make(3, half).pixelFormat == MTLPixelFormatRGBA16Float);
    CHECK(Make(4, half).textureType == MTLTextureType2D);
    CHECK(Make(4, half).texture.textureType == MTLTextureType2D);
    CHECK(Make(5, half).textureType == MTLTextureType2DArray);
    MPSImage* nine = Make(9, half);
    CHECK(nine.texture.arrayLength == 3);
    CHECK(nine.texture.width == 2);
    CHECK(nine.featureChannels == 9);
    CHECK(nine.numberOfImages == 1);
    CHECK(nine.precision == 11);
    CHECK(nine.pixelSize == 8);
    CHECK(nine.resourceSize == 48);
    CHECK(nine.featureChannelFormat == half);
    CHECK(nine.usage == (MTLTextureUsageShaderRead | MTLTextureUsageShaderWrite));
    CHECK(Make(4, MPSImageFeatureChannelFormatFloat32).pixelFormat == MTLPixelFormatRGBA32Float);
    CHECK(Make(4, MPSImageFeatureChannelFormatUnorm8).pixelFormat == MTLPixelFormatRGBA8Unorm);
    MPSImageDescriptor* batch = Describe(2, 1, 3, half);
    batch.numberOfImages = 2;
    MPSImage* images = [[MPSImage alloc] initWithDevice:MTLCreateSystemDefaultDevice()
                                        imageDescriptor:batch];
    CHECK(images.textureType == MTLTextureType2DArray);
    CHECK(images.texture.arrayLength == 2);
  }
}

TEST_CASE("mps images: descriptors that describe nothing") {
  FreshDouble fresh;
  @autoreleasepool {
    CHECK(Raises([] { Make(4, MPSImageFeatureChannelFormatNone); }, "channelFormat"));
    CHECK(Raises([] { Make(0, MPSImageFeatureChannelFormatFloat16); }, "nothing"));
    CHECK((Make(8192, MPSImageFeatureChannelFormatFloat16) != nil));
    CHECK(Raises([] { Make(8193, MPSImageFeatureChannelFormatFloat16); }, "2048"));
  }
}

TEST_CASE("mps images: storage is made when it is needed") {
  FreshDouble fresh;
  @autoreleasepool {
    MPSImage* image = Make(5, MPSImageFeatureChannelFormatFloat16);
    CHECK(apple_double::LiveBytes(1) == 0);
    CHECK((image.texture != nil));
    CHECK(apple_double::LiveBytes(1) == 2 * 2 * 4 * 2);
    image = nil;
  }
  CHECK(apple_double::LiveBytes(1) == 0);
}

TEST_CASE("mps images: bytes in both layouts, garbage in channels that pad a slice") {
  FreshDouble fresh;
  @autoreleasepool {
    MPSImage* image =
        MakeImage(MTLCreateSystemDefaultDevice(), 2, 1, 5, {0, 1, 2, 3, 4, 10, 11, 12, 13, 14});
    CHECK(ReadImage(image) == std::vector<float>{0, 1, 2, 3, 4, 10, 11, 12, 13, 14});
    std::vector<_Float16> planes(10);
    [image readBytes:planes.data()
          dataLayout:MPSDataLayoutFeatureChannelsxHeightxWidth
          imageIndex:0];
    CHECK(static_cast<float>(planes[1]) == 10);
    CHECK(static_cast<float>(planes[2]) == 1);
    CHECK(static_cast<float>(planes[9]) == 14);
    const auto last = Texels(image.texture, 1, 4);
    CHECK(static_cast<float>(last[0]) == 4);
    CHECK(static_cast<float>(last[4]) == 14);
    CHECK(static_cast<float>(last[1]) == 12344);  // 12345 as float16
    MPSImage* other = Make(5, MPSImageFeatureChannelFormatFloat16);
    [other writeBytes:planes.data()
           dataLayout:MPSDataLayoutFeatureChannelsxHeightxWidth
           imageIndex:0];
    CHECK(ReadImage(other) == ReadImage(image));
  }
}

TEST_CASE("mps images: regions and some of the channels") {
  FreshDouble fresh;
  @autoreleasepool {
    MPSImage* image = MakeImage(MTLCreateSystemDefaultDevice(), 2, 2, 8, SomeNumbers(32, 1));
    std::vector<_Float16> read(8);
    [image readBytes:read.data()
                dataLayout:MPSDataLayoutHeightxWidthxFeatureChannels
               bytesPerRow:8
                    region:MTLRegionMake3D(1, 0, 0, 1, 2, 1)
        featureChannelInfo:{4, 4}
                imageIndex:0];
    const auto all = ReadImage(image);
    CHECK(static_cast<float>(read[0]) == all[12]);
    CHECK(static_cast<float>(read[7]) == all[31]);
    const auto odd = [&] {
      [image readBytes:read.data()
                  dataLayout:MPSDataLayoutHeightxWidthxFeatureChannels
                 bytesPerRow:8
                      region:MTLRegionMake3D(1, 0, 0, 1, 2, 1)
          featureChannelInfo:{2, 4}
                  imageIndex:0];
    };
    CHECK(Raises(odd, "feature channels"));
    const auto narrow = [&] {
      [image readBytes:read.data()
                  dataLayout:MPSDataLayoutHeightxWidthxFeatureChannels
                 bytesPerRow:7
                      region:MTLRegionMake3D(1, 0, 0, 1, 2, 1)
          featureChannelInfo:{4, 4}
                  imageIndex:0];
    };
    CHECK(Raises(narrow, "bytesPerRow"));
    const auto second = [&] {
      [image readBytes:read.data()
            dataLayout:MPSDataLayoutHeightxWidthxFeatureChannels
            imageIndex:1];
    };
    CHECK(Raises(second, "no such image"));
  }
}

TEST_CASE("mps images: made of a texture") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MTLTextureDescriptor* descriptor =
        [MTLTextureDescriptor texture2DDescriptorWithPixelFormat:MTLPixelFormatRGBA16Float
                                                           width:2
                                                          height:3
                                                       mipmapped:NO];
    id<MTLTexture> texture = [device newTextureWithDescriptor:descriptor];
    MPSImage* image = [[MPSImage alloc] initWithTexture:texture featureChannels:3];
    CHECK(image.width == 2);
    CHECK(image.height == 3);
    CHECK(image.featureChannels == 3);
    CHECK(image.numberOfImages == 1);
    CHECK((image.texture == texture));
    CHECK((image.device == device));
    CHECK(image.featureChannelFormat == MPSImageFeatureChannelFormatFloat16);
    CHECK(Raises([&] { (void)[[MPSImage alloc] initWithTexture:texture featureChannels:5]; },
                 "featureChannels"));
    descriptor.textureType = MTLTextureType2DArray;
    descriptor.arrayLength = 4;
    MPSImage* batch = [[MPSImage alloc] initWithTexture:[device newTextureWithDescriptor:descriptor]
                                        featureChannels:8];
    CHECK(batch.numberOfImages == 2);
  }
}

TEST_CASE(
    "mps images: with unified memory, readable when the command buffer is done and not before") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSImage* source = MakeImage(device, 1, 1, 4, {-1, 2, -3, 4});
    MPSNNGraph* graph = MakeGraph(device, [MPSCNNNeuronReLUNode nodeWithSource:Input(@"in")]);
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    MPSImage* result = [graph encodeToCommandBuffer:command_buffer sourceImages:@[ source ]];
    CHECK(Raises([&] { ReadImage(result); }, "nothing has written"));
    apple_double::HoldCommandBuffers();
    [command_buffer commit];
    CHECK(Raises([&] { ReadImage(result); }, "before the command buffer"));
    const std::vector<char> bytes(8);
    CHECK(Raises([&] { [source writeBytes:bytes.data() dataLayout:MPSDataLayout(0) imageIndex:0]; },
                 "while a command buffer"));
    apple_double::ReleaseCommandBuffers();
    apple_double::WaitUntilIdle();
    CHECK(ReadImage(result) == std::vector<float>{0, 2, 0, 4});
  }
}

TEST_CASE("mps images: on a device with its own memory, stale until synchronised") {
  FreshDouble fresh;
  SetDevices({DiscreteDevice()});
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSImage* source = MakeImage(device, 1, 1, 4, {-1, 2, -3, 4});
    CHECK(ReadImage(source)[1] == 2);
    MPSNNGraph* graph = MakeGraph(device, [MPSCNNNeuronReLUNode nodeWithSource:Input(@"in")]);
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    MPSImage* result = [graph encodeToCommandBuffer:command_buffer sourceImages:@[ source ]];
    CommitAndWait(command_buffer);
    CHECK(ReadImage(result)[1] > 50000);
    id<MTLCommandBuffer> later = NewCommandBuffer(device);
    [result synchronizeOnCommandBuffer:later];
    CommitAndWait(later);
    CHECK(ReadImage(result) == std::vector<float>{0, 2, 0, 4});
    // The same, for a list of images, once each.
    command_buffer = NewCommandBuffer(device);
    result = [graph encodeToCommandBuffer:command_buffer sourceImages:@[ source ]];
    MPSImageBatchSynchronize(@[ result, result ], command_buffer);
    CommitAndWait(command_buffer);
    CHECK(ReadImage(result) == std::vector<float>{0, 2, 0, 4});
  }
}

TEST_CASE("mps images: private ones are not for the CPU, and only their usage is allowed") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSImageDescriptor* descriptor = Describe(1, 1, 4, MPSImageFeatureChannelFormatFloat16);
    descriptor.storageMode = MTLStorageModePrivate;
    descriptor.usage = MTLTextureUsageShaderWrite;
    MPSImage* image = [[MPSImage alloc] initWithDevice:device imageDescriptor:descriptor];
    CHECK(Raises([&] { ReadImage(image); }, "private"));
    MPSNNGraph* graph = MakeGraph(device, [MPSCNNNeuronReLUNode nodeWithSource:Input(@"in")]);
    CHECK(Raises(
        [&] { [graph encodeToCommandBuffer:NewCommandBuffer(device) sourceImages:@[ image ]]; },
        "usage"));
  }
}

TEST_CASE("mps images: batches know different images from the same one twice") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    MPSImageDescriptor* descriptor = Describe(1, 1, 4, MPSImageFeatureChannelFormatFloat16);
    MPSTemporaryImage* temporary = [MPSTemporaryImage temporaryImageWithCommandBuffer:command_buffer
                                                                      imageDescriptor:descriptor];
    MPSImage* image = [[MPSImage alloc] initWithDevice:device imageDescriptor:descriptor];
    CHECK(MPSImageBatchIncrementReadCount(@[ temporary, image, temporary ], 2) == 2);
    CHECK(temporary.readCount == 3);
    CHECK(MPSImageBatchResourceSize(@[ image, image ]) == 8);
    temporary.readCount = 0;
    CHECK(MPSImageBatchIncrementReadCount(@[ temporary ], 1) == 1);
    CHECK(temporary.readCount == 0);
  }
}

TEST_CASE("mps images: devices MPS supports, and the one it prefers") {
  FreshDouble fresh;
  @autoreleasepool {
    CHECK(MPSSupportsMTLDevice(MTLCreateSystemDefaultDevice()));
    CHECK_FALSE(MPSSupportsMTLDevice(nil));
    CHECK((MPSGetPreferredDevice(MPSDeviceOptionsDefault) == MTLCreateSystemDefaultDevice()));
    apple_double::DeviceSpec old = apple_double::UnifiedDevice();
    old.supports_mps = false;
    apple_double::DeviceSpec external = DiscreteDevice();
    external.removable = true;
    external.headless = true;
    SetDevices({old, external});
    CHECK_FALSE(MPSSupportsMTLDevice(MTLCopyAllDevices()[0]));
    CHECK(MPSGetPreferredDevice(MPSDeviceOptionsDefault).registryID == 2);
    CHECK((MPSGetPreferredDevice(MPSDeviceOptionsSkipRemovable) == nil));
    SetDevices({});
    CHECK((MPSGetPreferredDevice(MPSDeviceOptionsDefault) == nil));
  }
}

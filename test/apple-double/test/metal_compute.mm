#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

#include "../shader/shader_function.h"
#include "metal_support.h"

using namespace apple_double_test;  // NOLINT(google-build-using-namespace)

TEST_CASE("metal compute: a library is made of Metal source, functions of its kernels") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    NSError* error = nil;
    CHECK(([device newLibraryWithSource:@"nonsense" options:nil error:&error] == nil));
    CHECK([error.domain isEqualToString:MTLLibraryErrorDomain]);
    CHECK(error.code == MTLLibraryErrorCompileFailure);
    CHECK(([device newLibraryWithSource:@"#include <metal_stdlib>\nkernel void a() {"
                                options:nil
                                  error:nil] == nil));
    apple_double::ShaderFunction shader;
    shader.name = "test_named";
    apple_double::RegisterShaderFunction(shader);
    MTLCompileOptions* options = [[MTLCompileOptions alloc] init];
    CHECK(options.fastMathEnabled);
    options.fastMathEnabled = NO;
    options.languageVersion = MTLLanguageVersion2_3;
    error = nil;
    id<MTLLibrary> library =
        [device newLibraryWithSource:@"#include <metal_stdlib>\nkernel void test_named(int a) {}\n"
                                      "kernel void test_unbuilt(int a) {}"
                             options:options
                               error:&error];
    REQUIRE((library != nil));
    CHECK((error == nil));
    CHECK(library.functionNames.count == 2);
    CHECK(([library newFunctionWithName:@"other"] == nil));
    CHECK(Raises([&] { [library newFunctionWithName:@"test_unbuilt"]; }, "built without"));
    id<MTLFunction> function = [library newFunctionWithName:@"test_named"];
    CHECK([function.name isEqualToString:@"test_named"]);
    CHECK(function.functionType == MTLFunctionTypeKernel);
    id<MTLComputePipelineState> pipeline = [device newComputePipelineStateWithFunction:function
                                                                                 error:&error];
    CHECK(pipeline.threadExecutionWidth == 32);
    CHECK(pipeline.maxTotalThreadsPerThreadgroup == 1024);
  }
}

TEST_CASE("metal compute: every thread of the grid runs") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    id<MTLTexture> texture = [device newTextureWithDescriptor:SmallTexture(13, 7)];
    id<MTLBuffer> buffer = [device newBufferWithLength:16 options:MTLResourceStorageModeShared];
    // Threadgroups reach beyond the texture: the kernel has to mind its bounds.
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    id<MTLComputeCommandEncoder> encoder = [command_buffer computeCommandEncoder];
    encoder.label = @"sevens";
    [encoder setComputePipelineState:SevensPipeline(device)];
    [encoder setTexture:texture atIndex:0];
    [encoder setBuffer:buffer offset:8 atIndex:0];
    [encoder dispatchThreadgroups:MTLSizeMake(2, 1, 1) threadsPerThreadgroup:MTLSizeMake(8, 8, 1)];
    [encoder endEncoding];
    CommitAndWait(command_buffer);
    const auto bytes = ReadTexture(texture);
    for (size_t i = 0; i < bytes.size(); i += 4) {
      CHECK(bytes[i] == 7);
    }
    const auto* written = static_cast<const uint8_t*>(buffer.contents);
    CHECK(written[7] == 0);
    CHECK(written[8] == 7);
    CHECK(written[15] == 7);
  }
}

TEST_CASE("metal compute: what is bound when work is encoded counts, setBytes: by value") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    apple_double::ShaderFunction shader;
    shader.name = "test_bytes";
    shader.buffer_count = 2;
    shader.run = [](const apple_double::ShaderArguments& arguments,
                    const std::array<uint32_t, 3>& position) {
      arguments.buffers[1]->bytes[position[0]] = arguments.buffers[0]->bytes[0];
    };
    apple_double::RegisterShaderFunction(shader);
    id<MTLLibrary> library =
        [device newLibraryWithSource:@"#include <metal_stdlib>\nkernel void test_bytes() {}"
                             options:nil
                               error:nil];
    id<MTLComputePipelineState> pipeline =
        [device newComputePipelineStateWithFunction:[library newFunctionWithName:@"test_bytes"]
                                              error:nil];
    id<MTLBuffer> buffer = [device newBufferWithLength:4 options:MTLResourceStorageModeShared];
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    id<MTLComputeCommandEncoder> encoder = [command_buffer computeCommandEncoder];
    [encoder setComputePipelineState:pipeline];
    char value = 1;
    [encoder setBytes:&value length:1 atIndex:0];
    value = 9;
    [encoder setBuffer:buffer offset:0 atIndex:1];
    [encoder dispatchThreads:MTLSizeMake(1, 1, 1) threadsPerThreadgroup:MTLSizeMake(1, 1, 1)];
    value = 2;
    [encoder setBytes:&value length:1 atIndex:0];
    [encoder setBufferOffset:1 atIndex:1];
    [encoder dispatchThreads:MTLSizeMake(2, 1, 1) threadsPerThreadgroup:MTLSizeMake(1, 1, 1)];
    [encoder endEncoding];
    CommitAndWait(command_buffer);
    const auto* bytes = static_cast<const uint8_t*>(buffer.contents);
    CHECK(bytes[0] == 1);
    CHECK(bytes[1] == 2);
    CHECK(bytes[2] == 2);
    CHECK(bytes[3] == 0);
  }
}

TEST_CASE("metal compute: validation") {
  FreshDouble fresh;
  apple_double::SetDevices({apple_double::UnifiedDevice(), apple_double::DiscreteDevice()});
  @autoreleasepool {
    id<MTLDevice> device = MTLCopyAllDevices()[0];
    id<MTLDevice> other = MTLCopyAllDevices()[1];
    MTLTextureDescriptor* descriptor = SmallTexture(4, 4);
    descriptor.storageMode = MTLStorageModePrivate;
    id<MTLTexture> texture = [device newTextureWithDescriptor:descriptor];
    id<MTLBuffer> buffer = [device newBufferWithLength:4 options:MTLResourceStorageModeShared];
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    id<MTLComputeCommandEncoder> encoder = [command_buffer computeCommandEncoder];
    const auto dispatch = [&](NSUInteger threads) {
      [encoder dispatchThreads:MTLSizeMake(4, 4, 1)
          threadsPerThreadgroup:MTLSizeMake(threads, 1, 1)];
    };
    CHECK(Raises([&] { dispatch(1); }, "without a pipeline"));
    [encoder setComputePipelineState:SevensPipeline(device)];
    CHECK(Raises([&] { dispatch(1); }, "texture 0 is not bound"));
    [encoder setTexture:texture atIndex:0];
    CHECK(Raises([&] { dispatch(1); }, "buffer 0 is not bound"));
    [encoder setBuffer:buffer offset:0 atIndex:0];
    CHECK(Raises([&] { dispatch(1025); }, "maxTotalThreadsPerThreadgroup"));
    CHECK(Raises([&] { dispatch(0); }, "no threads"));
    CHECK(Raises([&] { [encoder setBuffer:buffer offset:4 atIndex:0]; }, "offset"));
    const std::vector<char> bytes(4097);
    CHECK(Raises([&] { [encoder setBytes:bytes.data() length:4097 atIndex:0]; }, "4096"));
    [encoder setBytes:bytes.data() length:4096 atIndex:0];
    CHECK(Raises([&] { [encoder setTexture:texture atIndex:31]; }, "no texture 31"));
    CHECK(Raises([&] { [encoder setComputePipelineState:SevensPipeline(other)]; }, "device"));
    CHECK(Raises(
        [&] {
          [encoder setBuffer:[other newBufferWithLength:1 options:MTLResourceStorageModeShared]
                      offset:0
                     atIndex:0];
        },
        "device"));
    descriptor.usage = MTLTextureUsageShaderRead;
    [encoder setTexture:[device newTextureWithDescriptor:descriptor] atIndex:0];
    CHECK(Raises([&] { dispatch(1); }, "ShaderWrite"));
    [encoder setComputePipelineState:CopyPipeline(device)];
    [encoder setTexture:texture atIndex:1];
    descriptor.usage = MTLTextureUsageShaderWrite;
    [encoder setTexture:[device newTextureWithDescriptor:descriptor] atIndex:0];
    CHECK(Raises([&] { dispatch(1); }, "ShaderRead"));
    [encoder endEncoding];
  }
}

TEST_CASE("metal compute: a kernel that refuses its arguments fails the command buffer") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    apple_double::ShaderFunction shader;
    shader.name = "test_throws";
    shader.run = [](const apple_double::ShaderArguments&, const std::array<uint32_t, 3>&) {
      throw std::logic_error("texture 0 is of another type");
    };
    apple_double::RegisterShaderFunction(shader);
    id<MTLLibrary> library =
        [device newLibraryWithSource:@"#include <metal_stdlib>\nkernel void test_throws() {}"
                             options:nil
                               error:nil];
    id<MTLComputePipelineState> pipeline =
        [device newComputePipelineStateWithFunction:[library newFunctionWithName:@"test_throws"]
                                              error:nil];
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    id<MTLComputeCommandEncoder> encoder = [command_buffer computeCommandEncoder];
    [encoder setComputePipelineState:pipeline];
    [encoder dispatchThreads:MTLSizeMake(1, 8, 1) threadsPerThreadgroup:MTLSizeMake(1, 1, 1)];
    [encoder endEncoding];
    CommitAndWait(command_buffer);
    CHECK(command_buffer.error.code == MTLCommandBufferErrorInternal);
    CHECK([command_buffer.error.localizedDescription
        isEqualToString:@"texture 0 is of another type"]);
  }
}

TEST_CASE("metal compute: managed buffers a kernel wrote must be synchronised") {
  FreshDouble fresh;
  apple_double::SetDevices({apple_double::DiscreteDevice()});
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    id<MTLTexture> texture = [device newTextureWithDescriptor:SmallTexture(2, 1)];
    id<MTLBuffer> buffer = [device newBufferWithBytes:"abcd"
                                               length:4
                                              options:MTLResourceStorageModeManaged];
    WriteSevens(device, texture, buffer);
    const auto* bytes = static_cast<const uint8_t*>(buffer.contents);
    CHECK(bytes[0] != 7);
    CHECK(bytes[0] != 'a');
    CHECK(bytes[2] == 'c');
    id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
    id<MTLBlitCommandEncoder> encoder = [command_buffer blitCommandEncoder];
    [encoder synchronizeResource:buffer];
    [encoder endEncoding];
    CommitAndWait(command_buffer);
    CHECK(bytes[0] == 7);
    CHECK(bytes[1] == 7);
    CHECK(bytes[2] == 'c');
  }
}

#include "metal_support.h"

#include <future>
#include <memory>

#include "../shader/shader_function.h"

namespace apple_double_test {

using apple_double::ShaderArguments;
using apple_double::ShaderFunction;

std::string ReasonOf(const std::function<void()>& work) {
  @try {
    work();
  } @catch (NSException* exception) {
    return exception.reason.UTF8String;
  }
  return "";
}

bool Raises(const std::function<void()>& work, const std::string& part_of_reason) {
  const std::string reason = ReasonOf(work);
  const bool raises = !reason.empty() && reason.find(part_of_reason) != std::string::npos;
  if (!raises) {
    std::fprintf(stderr, "expected \"%s\", raised: \"%s\"\n", part_of_reason.c_str(),
                 reason.c_str());
  }
  return raises;
}

void CommitAndWait(id<MTLCommandBuffer> command_buffer) {
  auto done = std::make_shared<std::promise<void>>();
  [command_buffer addCompletedHandler:^(id<MTLCommandBuffer> buffer) {
    done->set_value();
  }];
  [command_buffer commit];
  done->get_future().wait();
}

id<MTLCommandBuffer> NewCommandBuffer(id<MTLDevice> device) {
  return [[device newCommandQueue] commandBuffer];
}

MTLTextureDescriptor* SmallTexture(NSUInteger width, NSUInteger height) {
  MTLTextureDescriptor* descriptor =
      [MTLTextureDescriptor texture2DDescriptorWithPixelFormat:MTLPixelFormatRGBA8Uint
                                                         width:width
                                                        height:height
                                                     mipmapped:NO];
  descriptor.usage = MTLTextureUsageShaderRead | MTLTextureUsageShaderWrite;
  return descriptor;
}

namespace {

void RunSevens(const ShaderArguments& arguments, const std::array<uint32_t, 3>& position) {
  const auto& texture = *arguments.textures[0];
  const auto& buffer = *arguments.buffers[0];
  const auto [x, y, z] = position;
  if (x >= texture.width || y >= texture.height || z != 0) {
    return;
  }
  texture.texels[(y * texture.width + x) * 4] = std::byte{7};
  if (y == 0 && x < buffer.length) {
    buffer.bytes[x] = std::byte{7};
  }
}

void RunCopy(const ShaderArguments& arguments, const std::array<uint32_t, 3>& position) {
  const auto& from = *arguments.textures[0];
  const auto& to = *arguments.textures[1];
  const auto [x, y, z] = position;
  if (x < to.width && y < to.height && z == 0) {
    for (size_t i = 0; i < 4; ++i) {
      const size_t at = (y * to.width + x) * 4 + i;
      to.texels[at] = from.texels[at];
    }
  }
}

id<MTLComputePipelineState> MakePipeline(id<MTLDevice> device, NSString* name) {
  static const bool registered = [] {
    ShaderFunction sevens;
    sevens.name = "test_sevens";
    sevens.texture_count = 1;
    sevens.buffer_count = 1;
    sevens.writes_texture[0] = true;
    sevens.run = RunSevens;
    apple_double::RegisterShaderFunction(sevens);
    ShaderFunction copy;
    copy.name = "test_copy";
    copy.texture_count = 2;
    copy.writes_texture[1] = true;
    copy.run = RunCopy;
    apple_double::RegisterShaderFunction(copy);
    return true;
  }();
  (void)registered;
  NSString* source = @"#include <metal_stdlib>\n"
                      "kernel void test_sevens(int a) {}\nkernel void test_copy(int a) {}\n";
  NSError* error = nil;
  id<MTLLibrary> library = [device newLibraryWithSource:source options:nil error:&error];
  id<MTLFunction> function = [library newFunctionWithName:name];
  return [device newComputePipelineStateWithFunction:function error:&error];
}

}  // namespace

id<MTLComputePipelineState> SevensPipeline(id<MTLDevice> device) {
  return MakePipeline(device, @"test_sevens");
}

id<MTLComputePipelineState> CopyPipeline(id<MTLDevice> device) {
  return MakePipeline(device, @"test_copy");
}

void WriteSevens(id<MTLDevice> device, id<MTLTexture> texture, id<MTLBuffer> buffer) {
  id<MTLCommandBuffer> command_buffer = NewCommandBuffer(device);
  id<MTLComputeCommandEncoder> encoder = [command_buffer computeCommandEncoder];
  [encoder setComputePipelineState:SevensPipeline(device)];
  [encoder setTexture:texture atIndex:0];
  [encoder setBuffer:buffer offset:0 atIndex:0];
  [encoder dispatchThreads:MTLSizeMake(texture.width, texture.height, 1)
      threadsPerThreadgroup:MTLSizeMake(8, 8, 1)];
  [encoder endEncoding];
  CommitAndWait(command_buffer);
}

std::vector<uint8_t> ReadTexture(id<MTLTexture> texture) {
  std::vector<uint8_t> bytes(texture.width * texture.height * 4);
  [texture getBytes:bytes.data()
        bytesPerRow:texture.width * 4
         fromRegion:MTLRegionMake2D(0, 0, texture.width, texture.height)
        mipmapLevel:0];
  return bytes;
}

}  // namespace apple_double_test

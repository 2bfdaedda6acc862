#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../shader/shader_function.h"
#include "buffer.h"
#include "encoders.h"
#include "library.h"
#include "parallel.h"
#include "raise.h"
#include "texture.h"

using apple_double::BufferWatch;
using apple_double::kMostArguments;
using apple_double::RaiseInvalidArgument;
using apple_double::ShaderArguments;
using apple_double::ShaderFunction;
using apple_double::Storage;
using apple_double::StorageOf;

namespace {

// Documentation of setBytes:length:atIndex:.
constexpr NSUInteger kMostInlineBytes = 4096;

struct BoundBuffer {
  std::shared_ptr<Storage> storage;          // of a buffer, or else
  std::shared_ptr<std::vector<char>> bytes;  // a copy of setBytes:
  size_t offset = 0;
};

// One dispatch: the arguments as they were bound when it was encoded.
struct Dispatch {
  const ShaderFunction* function;
  std::array<AppleDoubleTexture*, kMostArguments> textures;
  std::array<BoundBuffer, kMostArguments> buffers;
  MTLSize grid;

  void Run() const;

 private:
  ShaderArguments Arguments() const;
};

ShaderArguments Dispatch::Arguments() const {
  ShaderArguments arguments;
  for (size_t i = 0; i < kMostArguments; ++i) {
    if (textures[i] != nil) {
      arguments.textures[i] = [textures[i] view];
    }
    const BoundBuffer& buffer = buffers[i];
    if (buffer.storage != nullptr) {
      arguments.buffers[i] = {buffer.storage->GpuBytes() + buffer.offset,
                              buffer.storage->Size() - buffer.offset};
    } else if (buffer.bytes != nullptr) {
      arguments.buffers[i] = {reinterpret_cast<std::byte*>(buffer.bytes->data()),
                              buffer.bytes->size()};
    }
  }
  return arguments;
}

void Dispatch::Run() const {
  std::vector<BufferWatch> watches;
  for (size_t i = 0; i < function->buffer_count; ++i) {
    if (buffers[i].storage != nullptr) {
      watches.emplace_back(buffers[i].storage);
    }
  }
  const ShaderArguments arguments = Arguments();
  const size_t rows = grid.height * grid.depth;
  apple_double::InParallel(rows, [&](size_t begin, size_t end) {
    for (size_t row = begin; row < end; ++row) {
      for (size_t x = 0; x < grid.width; ++x) {
        function->run(arguments,
                      {static_cast<uint32_t>(x), static_cast<uint32_t>(row % grid.height),
                       static_cast<uint32_t>(row / grid.height)});
      }
    }
  });
  for (size_t i = 0; i < function->texture_count; ++i) {
    if (function->writes_texture[i]) {
      [textures[i] storage]->GpuWroteAll();
    }
  }
  for (BufferWatch& watch : watches) {
    watch.Finish();
  }
}

}  // namespace

@implementation AppleDoubleComputeEncoder {
  AppleDoublePipeline* _pipeline;
  std::array<AppleDoubleTexture*, kMostArguments> _textures;
  std::array<BoundBuffer, kMostArguments> _buffers;
}

- (void)setComputePipelineState:(id<MTLComputePipelineState>)state {
  [self openCommandBuffer];
  if (state.device != self.device) {
    RaiseInvalidArgument("the pipeline belongs to another device");
  }
  _pipeline = (AppleDoublePipeline*)state;
}

- (BoundBuffer&)bufferAtIndex:(NSUInteger)index {
  [self openCommandBuffer];
  if (index >= kMostArguments) {
    RaiseInvalidArgument("there is no buffer " + std::to_string(index));
  }
  return _buffers[index];
}

- (void)setBytes:(const void*)bytes length:(NSUInteger)length atIndex:(NSUInteger)index {
  BoundBuffer& bound = [self bufferAtIndex:index];
  if (length == 0 || length > kMostInlineBytes) {
    RaiseInvalidArgument("setBytes: is for 1 to 4096 bytes");
  }
  const char* begin = static_cast<const char*>(bytes);
  bound = {nullptr, std::make_shared<std::vector<char>>(begin, begin + length), 0};
}

- (void)setBuffer:(id<MTLBuffer>)buffer offset:(NSUInteger)offset atIndex:(NSUInteger)index {
  BoundBuffer& bound = [self bufferAtIndex:index];
  if (buffer == nil) {
    bound = {};
    return;
  }
  bound = {StorageOf(buffer, self.device), nullptr, 0};
  [self setBufferOffset:offset atIndex:index];
}

- (void)setBufferOffset:(NSUInteger)offset atIndex:(NSUInteger)index {
  BoundBuffer& bound = [self bufferAtIndex:index];
  if (bound.storage == nullptr || offset >= bound.storage->Size()) {
    RaiseInvalidArgument("the offset does not lie in buffer " + std::to_string(index));
  }
  bound.offset = offset;
}

- (void)setTexture:(id<MTLTexture>)texture atIndex:(NSUInteger)index {
  [self openCommandBuffer];
  if (index >= kMostArguments) {
    RaiseInvalidArgument("there is no texture " + std::to_string(index));
  }
  if (texture != nil) {
    [self requireTextureIsOurs:texture];
  }
  _textures[index] = (AppleDoubleTexture*)texture;
}

- (void)requireTextureIsOurs:(id<MTLTexture>)texture {
  const auto storage = StorageOf(texture, self.device);
  if (storage->IsTemporary() && storage->Heap() != [[self openCommandBuffer] temporaryHeap]) {
    RaiseInvalidArgument("a temporary image's texture is used on another command buffer");
  }
}

- (void)dispatchThreadgroups:(MTLSize)threadgroupsPerGrid
       threadsPerThreadgroup:(MTLSize)threadsPerThreadgroup {
  [self dispatchGrid:MTLSizeMake(threadgroupsPerGrid.width * threadsPerThreadgroup.width,
                                 threadgroupsPerGrid.height * threadsPerThreadgroup.height,
                                 threadgroupsPerGrid.depth * threadsPerThreadgroup.depth)
      threadsPerThreadgroup:threadsPerThreadgroup];
}

- (void)dispatchThreads:(MTLSize)threadsPerGrid
    threadsPerThreadgroup:(MTLSize)threadsPerThreadgroup {
  [self dispatchGrid:threadsPerGrid threadsPerThreadgroup:threadsPerThreadgroup];
}

- (void)dispatchGrid:(MTLSize)grid threadsPerThreadgroup:(MTLSize)group {
  AppleDoubleCommandBuffer* commandBuffer = [self openCommandBuffer];
  if (_pipeline == nil) {
    RaiseInvalidArgument("dispatch without a pipeline");
  }
  const NSUInteger threads = group.width * group.height * group.depth;
  if (threads == 0 || grid.width * grid.height * grid.depth == 0) {
    RaiseInvalidArgument("dispatch of no threads");
  }
  if (threads > _pipeline.maxTotalThreadsPerThreadgroup) {
    RaiseInvalidArgument(std::to_string(threads) +
                         " threads per threadgroup are more than the pipeline's "
                         "maxTotalThreadsPerThreadgroup");
  }
  const ShaderFunction* function = [_pipeline shader];
  [self noteArgumentsOf:*function];
  [commandBuffer appendOperation:[dispatch = Dispatch{function, _textures, _buffers, grid}] {
    dispatch.Run();
  }];
}

// Checks what is bound, as Metal's validation does, and tells the command buffer.
- (void)noteArgumentsOf:(const ShaderFunction&)function {
  AppleDoubleCommandBuffer* commandBuffer = [self openCommandBuffer];
  const std::string name(function.name);
  for (size_t i = 0; i < function.texture_count; ++i) {
    const std::string which = name + ": texture " + std::to_string(i);
    AppleDoubleTexture* texture = _textures[i];
    if (texture == nil) {
      RaiseInvalidArgument(which + " is not bound");
    }
    [self requireTextureIsOurs:texture];
    const MTLTextureUsage needed =
        function.writes_texture[i] ? MTLTextureUsageShaderWrite : MTLTextureUsageShaderRead;
    if (texture.usage != MTLTextureUsageUnknown && (texture.usage & needed) == 0) {
      RaiseInvalidArgument(which + " lacks the usage flag " +
                           (function.writes_texture[i] ? "ShaderWrite" : "ShaderRead"));
    }
    if (function.writes_texture[i]) {
      [commandBuffer noteWrite:[texture storage]];
    } else {
      [commandBuffer noteRead:[texture storage]];
    }
  }
  for (size_t i = 0; i < function.buffer_count; ++i) {
    if (_buffers[i].storage != nullptr) {
      // No signature says which buffers a kernel writes.
      [commandBuffer noteWrite:_buffers[i].storage];
    } else if (_buffers[i].bytes == nullptr) {
      RaiseInvalidArgument(name + ": buffer " + std::to_string(i) + " is not bound");
    }
  }
}

@end

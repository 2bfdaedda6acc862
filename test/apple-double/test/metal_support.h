#pragma once

#import <Metal/Metal.h>

#include <functional>
#include <string>
#include <vector>

#include "../control.h"

// Shared by the tests of Metal and Metal Performance Shaders.
namespace apple_double_test {

// Puts the double back to where it starts, before and after a test.
class FreshDouble {
 public:
  FreshDouble() { apple_double::Reset(); }
  ~FreshDouble() { apple_double::Reset(); }
  FreshDouble(const FreshDouble&) = delete;
  FreshDouble& operator=(const FreshDouble&) = delete;
};

// The reason of the exception that `work` raises, or "" when it raises none.
std::string ReasonOf(const std::function<void()>& work);
bool Raises(const std::function<void()>& work, const std::string& part_of_reason);

// Commits and waits for the completed handlers, without -waitUntilCompleted.
void CommitAndWait(id<MTLCommandBuffer> command_buffer);

id<MTLCommandBuffer> NewCommandBuffer(id<MTLDevice> device);

// A texture of one RGBA8Uint slice.
MTLTextureDescriptor* SmallTexture(NSUInteger width, NSUInteger height);

// A pipeline of a kernel that only tests have: it writes 7 into the first byte of every texel of
// texture 0, and into byte x of buffer 0.
id<MTLComputePipelineState> SevensPipeline(id<MTLDevice> device);
// A kernel that copies texture 0 to texture 1, both RGBA8Uint.
id<MTLComputePipelineState> CopyPipeline(id<MTLDevice> device);
// Writes 7 to all of the texture, RGBA8Uint, and to a buffer; commits and waits.
void WriteSevens(id<MTLDevice> device, id<MTLTexture> texture, id<MTLBuffer> buffer);

std::vector<uint8_t> ReadTexture(id<MTLTexture> texture);

}  // namespace apple_double_test

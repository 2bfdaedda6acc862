#pragma once

#import <Metal/Metal.h>

#include <span>

#include "core/bilinear.h"

namespace mobilenet::metal {

// Taps as kernels read them. Throws kOutOfMemory.
id<MTLBuffer> MakeTapBuffer(id<MTLDevice> device, std::span<const BilinearTap> taps);

// A buffer with a copy of these bytes, of which there must be some. Throws kOutOfMemory.
id<MTLBuffer> MakeSharedBuffer(id<MTLDevice> device, std::span<const std::byte> bytes);
// An empty one.
id<MTLBuffer> MakeSharedBuffer(id<MTLDevice> device, size_t bytes);

// The memory of a shared buffer.
template <typename T>
std::span<T> ContentsOf(id<MTLBuffer> buffer) {
  return {static_cast<T*>(buffer.contents), buffer.length / sizeof(T)};
}

}  // namespace mobilenet::metal

#pragma once

#import <Metal/Metal.h>

#include <cstddef>
#include <span>

#include "core/bilinear.h"

namespace mobilenet::metal {

// A buffer with a copy of these bytes, of which there must be some. Throws kOutOfMemory.
id<MTLBuffer> MakeSharedBuffer(id<MTLDevice> device, std::span<const std::byte> bytes);
// An empty one.
id<MTLBuffer> MakeSharedBuffer(id<MTLDevice> device, size_t bytes);

// The memory of a shared buffer.
template <typename T>
std::span<T> ContentsOf(id<MTLBuffer> buffer) {
  return {static_cast<T*>(buffer.contents), buffer.length / sizeof(T)};
}

// A buffer for so many taps as kernels read them. Throws kOutOfMemory.
id<MTLBuffer> MakeTapBuffer(id<MTLDevice> device, size_t taps);
// The same with taps in it.
id<MTLBuffer> MakeTapBuffer(id<MTLDevice> device, std::span<const BilinearTap> taps);
// Puts taps into such a buffer, which must be large enough.
void CopyTaps(std::span<const BilinearTap> taps, id<MTLBuffer> buffer);

}  // namespace mobilenet::metal

#pragma once

#import <Metal/MTLPixelFormat.h>

#include <cstddef>

namespace apple_double {

enum class ComponentType { kFloat16, kFloat32, kUnorm8, kUnorm16, kUint8, kUint16, kUint32 };

struct PixelFormat {
  ComponentType type;
  size_t components;
  size_t component_bytes;

  size_t TexelBytes() const { return components * component_bytes; }
};

// Raises for formats the double does not know.
PixelFormat DescribePixelFormat(MTLPixelFormat format);

}  // namespace apple_double

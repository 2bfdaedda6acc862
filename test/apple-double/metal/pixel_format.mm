#include "pixel_format.h"

#include <string>

#include "raise.h"

namespace apple_double {

PixelFormat DescribePixelFormat(MTLPixelFormat format) {
  switch (format) {
    case MTLPixelFormatR8Unorm:
      return {ComponentType::kUnorm8, 1, 1};
    case MTLPixelFormatRG8Unorm:
      return {ComponentType::kUnorm8, 2, 1};
    case MTLPixelFormatRGBA8Unorm:
      return {ComponentType::kUnorm8, 4, 1};
    case MTLPixelFormatR8Uint:
      return {ComponentType::kUint8, 1, 1};
    case MTLPixelFormatRG8Uint:
      return {ComponentType::kUint8, 2, 1};
    case MTLPixelFormatRGBA8Uint:
      return {ComponentType::kUint8, 4, 1};
    case MTLPixelFormatR16Unorm:
      return {ComponentType::kUnorm16, 1, 2};
    case MTLPixelFormatRG16Unorm:
      return {ComponentType::kUnorm16, 2, 2};
    case MTLPixelFormatRGBA16Unorm:
      return {ComponentType::kUnorm16, 4, 2};
    case MTLPixelFormatR16Uint:
      return {ComponentType::kUint16, 1, 2};
    case MTLPixelFormatRG16Uint:
      return {ComponentType::kUint16, 2, 2};
    case MTLPixelFormatRGBA16Uint:
      return {ComponentType::kUint16, 4, 2};
    case MTLPixelFormatR16Float:
      return {ComponentType::kFloat16, 1, 2};
    case MTLPixelFormatRG16Float:
      return {ComponentType::kFloat16, 2, 2};
    case MTLPixelFormatRGBA16Float:
      return {ComponentType::kFloat16, 4, 2};
    case MTLPixelFormatR32Uint:
      return {ComponentType::kUint32, 1, 4};
    case MTLPixelFormatRG32Uint:
      return {ComponentType::kUint32, 2, 4};
    case MTLPixelFormatRGBA32Uint:
      return {ComponentType::kUint32, 4, 4};
    case MTLPixelFormatR32Float:
      return {ComponentType::kFloat32, 1, 4};
    case MTLPixelFormatRG32Float:
      return {ComponentType::kFloat32, 2, 4};
    case MTLPixelFormatRGBA32Float:
      return {ComponentType::kFloat32, 4, 4};
    case MTLPixelFormatInvalid:
      break;
  }
  RaiseInvalidArgument("pixel format " + std::to_string(format) + " is unknown to the double");
}

}  // namespace apple_double

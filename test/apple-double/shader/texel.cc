#include "texel.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace apple_double {
namespace {

// Conversions from float round to the nearest, ties to even, as GPUs store halves.
using Half = _Float16;

enum class ComponentType { kUint8, kUnorm8, kFloat16, kFloat32 };

struct Layout {
  ComponentType type = ComponentType::kFloat32;
  size_t components = 0;
};

Layout LayoutOf(uint32_t pixel_format) {
  switch (pixel_format) {
    case 25:  // MTLPixelFormatR16Float
      return {ComponentType::kFloat16, 1};
    case 55:  // MTLPixelFormatR32Float
      return {ComponentType::kFloat32, 1};
    case 65:  // MTLPixelFormatRG16Float
      return {ComponentType::kFloat16, 2};
    case 70:  // MTLPixelFormatRGBA8Unorm
      return {ComponentType::kUnorm8, 4};
    case 73:  // MTLPixelFormatRGBA8Uint
      return {ComponentType::kUint8, 4};
    case 105:  // MTLPixelFormatRG32Float
      return {ComponentType::kFloat32, 2};
    case 115:  // MTLPixelFormatRGBA16Float
      return {ComponentType::kFloat16, 4};
    case 125:  // MTLPixelFormatRGBA32Float
      return {ComponentType::kFloat32, 4};
    default:
      throw std::logic_error("kernels know no pixel format " + std::to_string(pixel_format));
  }
}

size_t BytesOf(ComponentType type) {
  switch (type) {
    case ComponentType::kFloat32:
      return sizeof(float);
    case ComponentType::kFloat16:
      return sizeof(Half);
    default:
      return sizeof(uint8_t);
  }
}

template <typename Stored>
Stored Load(const std::byte* from) {
  Stored value{};
  std::memcpy(&value, from, sizeof(value));
  return value;
}

template <typename Stored>
void Store(std::byte* to, Stored value) {
  std::memcpy(to, &value, sizeof(value));
}

template <typename T>
void CheckType(const TextureView& texture, const Layout& layout) {
  if (std::is_same_v<T, uint32_t> != (layout.type == ComponentType::kUint8)) {
    throw std::logic_error(std::string("a kernel's texture of ") +
                           (std::is_same_v<T, float> ? "float" : "uint") +
                           " was given pixel format " + std::to_string(texture.pixel_format));
  }
}

std::byte* Locate(const TextureView& texture, const TexelPosition& position, const Layout& layout) {
  const auto& [x, y, slice] = position;
  if (x >= texture.width || y >= texture.height || slice >= texture.slices) {
    throw std::logic_error("a kernel touched texel (" + std::to_string(x) + ", " +
                           std::to_string(y) + ") of slice " + std::to_string(slice) +
                           " of a texture of " + std::to_string(texture.width) + "x" +
                           std::to_string(texture.height) + " texels and " +
                           std::to_string(texture.slices) + " slices");
  }
  const size_t texel = (size_t{slice} * texture.height + y) * texture.width + x;
  return texture.texels + texel * layout.components * BytesOf(layout.type);
}

}  // namespace

template <typename T>
std::array<T, 4> ReadTexel(const TextureView& texture, const TexelPosition& position) {
  const Layout layout = LayoutOf(texture.pixel_format);
  CheckType<T>(texture, layout);
  const std::byte* const from = Locate(texture, position, layout);
  std::array<T, 4> texel{0, 0, 0, 1};
  for (size_t i = 0; i < layout.components; ++i) {
    const std::byte* const component = from + i * BytesOf(layout.type);
    switch (layout.type) {
      case ComponentType::kUint8:
        texel[i] = Load<uint8_t>(component);
        break;
      case ComponentType::kUnorm8:
        texel[i] = static_cast<T>(static_cast<float>(Load<uint8_t>(component)) / 255.0f);
        break;
      case ComponentType::kFloat16:
        texel[i] = static_cast<T>(Load<Half>(component));
        break;
      case ComponentType::kFloat32:
        texel[i] = static_cast<T>(Load<float>(component));
        break;
    }
  }
  return texel;
}

template <typename T>
void WriteTexel(const TextureView& texture, const TexelPosition& position,
                const std::array<T, 4>& texel) {
  const Layout layout = LayoutOf(texture.pixel_format);
  CheckType<T>(texture, layout);
  std::byte* const to = Locate(texture, position, layout);
  for (size_t i = 0; i < layout.components; ++i) {
    std::byte* const component = to + i * BytesOf(layout.type);
    switch (layout.type) {
      case ComponentType::kUint8:
        Store(component, static_cast<uint8_t>(std::min<T>(texel[i], 255)));
        break;
      case ComponentType::kUnorm8: {
        // Written so that NaN becomes 0.
        const auto value = static_cast<float>(texel[i]);
        const float clamped = value > 0 ? std::min(value, 1.0f) : 0.0f;
        Store(component, static_cast<uint8_t>(std::nearbyint(clamped * 255.0f)));
        break;
      }
      case ComponentType::kFloat16:
        Store(component, static_cast<Half>(texel[i]));
        break;
      case ComponentType::kFloat32:
        Store(component, static_cast<float>(texel[i]));
        break;
    }
  }
}

template std::array<float, 4> ReadTexel(const TextureView&, const TexelPosition&);
template std::array<uint32_t, 4> ReadTexel(const TextureView&, const TexelPosition&);
template void WriteTexel(const TextureView&, const TexelPosition&, const std::array<float, 4>&);
template void WriteTexel(const TextureView&, const TexelPosition&, const std::array<uint32_t, 4>&);

}  // namespace apple_double

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// The Metal kernels of native/metal/kernels, compiled as C++: what a Metal double calls in place of
// a GPU's compute pipeline.
namespace apple_double {

// Texels lie slice by slice, row by row, pixel by pixel, their components side by side in the
// pixel format's own type.
struct TextureView {
  std::byte* texels = nullptr;
  uint32_t width = 0;
  uint32_t height = 0;
  uint32_t slices = 1;
  uint32_t pixel_format = 0;  // a value of MTLPixelFormat
  bool array = false;         // of type MTLTextureType2DArray
};

struct BufferView {
  std::byte* bytes = nullptr;
  size_t length = 0;
};

inline constexpr size_t kMostArguments = 31;

struct ShaderArguments {
  std::array<std::optional<TextureView>, kMostArguments> textures;
  std::array<std::optional<BufferView>, kMostArguments> buffers;
};

struct ShaderFunction {
  std::string_view name;
  size_t texture_count = 0;  // indices 0 to texture_count - 1 are needed
  size_t buffer_count = 0;
  std::array<bool, kMostArguments> writes_texture{};
  // To be called once for each thread of the grid, from any number of threads. Throws
  // std::logic_error for what Metal's validation would refuse (arguments that are missing or of
  // another kind) and for texels outside a texture, which no kernel of ours may touch.
  void (*run)(const ShaderArguments& arguments, const std::array<uint32_t, 3>& position) = nullptr;
};

// Null when there is no kernel of that name.
const ShaderFunction* FindShaderFunction(std::string_view name);

}  // namespace apple_double

#pragma once

#include <stdexcept>
#include <string>
#include <tuple>

#include "shader_function.h"

// Last, because of its macros.
#include <metal_stdlib>

// Makes a ShaderFunction of a kernel from its C++ signature: textures are numbered in the order in
// which they appear, buffers likewise, and the position comes last.
namespace apple_double {

struct ThreadContext {
  const ShaderArguments& arguments;
  const std::array<uint32_t, 3>& position;
  size_t next_texture = 0;
  size_t next_buffer = 0;

  const TextureView& TakeTexture(bool array) {
    const size_t index = next_texture++;
    const auto& texture = arguments.textures.at(index);
    if (!texture || texture->array != array) {
      throw std::logic_error("texture " + std::to_string(index) +
                             (texture ? " is of another type" : " is missing"));
    }
    return *texture;
  }

  template <typename T>
  T* TakeBuffer() {
    const size_t index = next_buffer++;
    const auto& buffer = arguments.buffers.at(index);
    if (!buffer || buffer->bytes == nullptr || buffer->length < sizeof(T)) {
      throw std::logic_error("buffer " + std::to_string(index) +
                             (buffer ? " is too short" : " is missing"));
    }
    if (reinterpret_cast<uintptr_t>(buffer->bytes) % alignof(T) != 0) {
      throw std::logic_error("buffer " + std::to_string(index) + " is not aligned");
    }
    return reinterpret_cast<T*>(buffer->bytes);
  }
};

struct TextureParameter {
  static constexpr size_t kTextures = 1;
  static constexpr size_t kBuffers = 0;
};

struct BufferParameter {
  static constexpr size_t kTextures = 0;
  static constexpr size_t kBuffers = 1;
  static constexpr bool kWrites = false;  // a texture
};

struct PositionParameter {
  static constexpr size_t kTextures = 0;
  static constexpr size_t kBuffers = 0;
  static constexpr bool kWrites = false;
};

// How a kernel's parameter of type T gets its argument.
template <typename T>
struct Parameter;

template <typename T, metal::access kAccess>
struct Parameter<metal::texture2d<T, kAccess>> : TextureParameter {
  static constexpr bool kWrites = kAccess != metal::access::read;
  static auto Take(ThreadContext& context) {
    return metal::texture2d<T, kAccess>(context.TakeTexture(false));
  }
};

template <typename T, metal::access kAccess>
struct Parameter<metal::texture2d_array<T, kAccess>> : TextureParameter {
  static constexpr bool kWrites = kAccess != metal::access::read;
  static auto Take(ThreadContext& context) {
    return metal::texture2d_array<T, kAccess>(context.TakeTexture(true));
  }
};

template <typename T>
struct Parameter<T*> : BufferParameter {
  static T* Take(ThreadContext& context) { return context.TakeBuffer<T>(); }
};

template <typename T>
struct Parameter<T&> : BufferParameter {
  static T& Take(ThreadContext& context) { return *context.TakeBuffer<T>(); }
};

template <>
struct Parameter<metal::uint2> : PositionParameter {
  static metal::uint2 Take(ThreadContext& context) {
    return metal::uint2{context.position[0], context.position[1]};
  }
};

template <>
struct Parameter<metal::uint3> : PositionParameter {
  static metal::uint3 Take(ThreadContext& context) {
    return metal::uint3{context.position[0], context.position[1], context.position[2]};
  }
};

template <auto kKernel>
struct Kernel;

template <typename... Types, void (*kKernel)(Types...)>
struct Kernel<kKernel> {
  static void Run(const ShaderArguments& arguments, const std::array<uint32_t, 3>& position) {
    ThreadContext context{arguments, position};
    // Braces: taken from left to right.
    const std::tuple<Types...> taken{Parameter<Types>::Take(context)...};
    std::apply(kKernel, taken);
  }

  static constexpr ShaderFunction Describe(std::string_view name) {
    ShaderFunction function{.name = name, .run = &Run};
    const auto add = [&](size_t textures, size_t buffers, bool writes) {
      if (textures > 0) {
        function.writes_texture[function.texture_count] = writes;
      }
      function.texture_count += textures;
      function.buffer_count += buffers;
    };
    (add(Parameter<Types>::kTextures, Parameter<Types>::kBuffers, Parameter<Types>::kWrites), ...);
    return function;
  }
};

}  // namespace apple_double

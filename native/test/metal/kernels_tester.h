#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/bilinear.h"
#include "core/shape.h"
#include "metal/kernels/parameters.h"
#include "shader/shader_function.h"

namespace mobilenet::test {

enum class ImageType { kFloat16, kFloat32 };

// What an image of that type stores of a number: the nearest half, of two the even one.
float Stored(ImageType type, float value);

// A texture laid out as MPS lays out an image: up to four channels in one slice of one, two or four
// components, more in an array of slices of four. Full of NaN at first.
class Image {
 public:
  Image(ImageType type, const Shape& shape);

  apple_double::TextureView View();
  const Shape& shape() const { return shape_; }
  uint32_t slices() const { return static_cast<uint32_t>(slices_); }
  // Four channels a slice: an index may lie beyond the image's channels.
  float At(int32_t y, int32_t x, int32_t channel) const;
  void Set(int32_t y, int32_t x, int32_t channel, float value);
  // Rows, columns, channels.
  void Fill(std::span<const float> values);
  std::vector<float> Values() const;

 private:
  size_t OffsetOf(int32_t y, int32_t x, int32_t channel) const;

  ImageType type_;
  Shape shape_;
  size_t components_;
  size_t slices_;
  std::vector<std::byte> texels_;
};

using Threads = std::array<uint32_t, 3>;

// Calls a kernel for every thread of a grid. Textures and buffers get their indices in the order in
// which they are given; views must outlive Run.
class KernelCall {
 public:
  explicit KernelCall(std::string_view name);

  KernelCall& Texture(const apple_double::TextureView& view);
  KernelCall& Texture(Image& image) { return Texture(image.View()); }
  template <typename T>
  KernelCall& Buffer(std::vector<T>& values) {
    return Bytes(std::as_writable_bytes(std::span(values)));
  }
  // Copies, as setBytes does.
  template <typename T>
  KernelCall& Constant(const T& value) {
    constants_.push_back(std::make_unique<std::byte[]>(sizeof(T)));
    std::memcpy(constants_.back().get(), &value, sizeof(T));
    return Bytes({constants_.back().get(), sizeof(T)});
  }
  KernelCall& Bytes(std::span<std::byte> bytes);

  // The grid is rounded up to whole threadgroups. On several host threads, to find races. Throws
  // what the kernel threw, and std::logic_error when there are more arguments than it takes.
  void Run(const Threads& grid, const Threads& threadgroup = {8, 8, 1});

 private:
  const apple_double::ShaderFunction* function_;
  apple_double::ShaderArguments arguments_;
  size_t textures_ = 0;
  size_t buffers_ = 0;
  std::vector<std::unique_ptr<std::byte[]>> constants_;
};

std::vector<mobilenet_kernels::Tap> KernelTaps(std::span<const BilinearTap> taps);

inline uint32_t Unsigned(int32_t number) { return static_cast<uint32_t>(number); }

// How many elements are not the same number, NaN being equal to NaN; all if the sizes differ.
size_t Differences(std::span<const float> expected, std::span<const float> actual);

}  // namespace mobilenet::test

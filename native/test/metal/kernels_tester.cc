#include "kernels_tester.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

#include "core/tensor.h"

namespace mobilenet::test {
namespace {

constexpr size_t kHostThreads = 3;

size_t BytesOf(ImageType type) { return type == ImageType::kFloat16 ? 2 : 4; }

uint16_t ToHalf(float value) {
  const auto half = static_cast<_Float16>(value);
  uint16_t bits = 0;
  std::memcpy(&bits, &half, sizeof(bits));
  return bits;
}

// MTLPixelFormat's numbers.
uint32_t PixelFormatOf(ImageType type, size_t components) {
  const bool half = type == ImageType::kFloat16;
  switch (components) {
    case 1:
      return half ? 25 : 55;
    case 2:
      return half ? 65 : 105;
    default:
      return half ? 115 : 125;
  }
}

}  // namespace

float Stored(ImageType type, float value) {
  return type == ImageType::kFloat16 ? HalfToFloat(ToHalf(value)) : value;
}

Image::Image(ImageType type, const Shape& shape)
    : type_(type),
      shape_(shape),
      components_(shape.channels > 2 ? 4 : static_cast<size_t>(shape.channels)),
      slices_(static_cast<size_t>(shape.channels + 3) / 4),
      texels_(slices_ * static_cast<size_t>(shape.height) * static_cast<size_t>(shape.width) *
                  components_ * BytesOf(type),
              std::byte{0xFF}) {}

apple_double::TextureView Image::View() {
  return {texels_.data(),
          Unsigned(shape_.width),
          Unsigned(shape_.height),
          slices(),
          PixelFormatOf(type_, components_),
          shape_.channels > 4};
}

size_t Image::OffsetOf(int32_t y, int32_t x, int32_t channel) const {
  const int32_t row = channel / 4 * shape_.height + y;
  const auto texel = static_cast<size_t>(row * shape_.width + x);
  return (texel * components_ + static_cast<size_t>(channel % 4)) * BytesOf(type_);
}

float Image::At(int32_t y, int32_t x, int32_t channel) const {
  const std::byte* const from = texels_.data() + OffsetOf(y, x, channel);
  if (type_ == ImageType::kFloat16) {
    uint16_t half = 0;
    std::memcpy(&half, from, sizeof(half));
    return HalfToFloat(half);
  }
  float value = 0;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

void Image::Set(int32_t y, int32_t x, int32_t channel, float value) {
  std::byte* const to = texels_.data() + OffsetOf(y, x, channel);
  if (type_ == ImageType::kFloat16) {
    const uint16_t half = ToHalf(value);
    std::memcpy(to, &half, sizeof(half));
  } else {
    std::memcpy(to, &value, sizeof(value));
  }
}

void Image::Fill(std::span<const float> values) {
  size_t next = 0;
  for (int32_t y = 0; y < shape_.height; ++y) {
    for (int32_t x = 0; x < shape_.width; ++x) {
      for (int32_t c = 0; c < shape_.channels; ++c) {
        Set(y, x, c, values[next++]);
      }
    }
  }
}

std::vector<float> Image::Values() const {
  std::vector<float> values;
  for (int32_t y = 0; y < shape_.height; ++y) {
    for (int32_t x = 0; x < shape_.width; ++x) {
      for (int32_t c = 0; c < shape_.channels; ++c) {
        values.push_back(At(y, x, c));
      }
    }
  }
  return values;
}

KernelCall::KernelCall(std::string_view name) : function_(apple_double::FindShaderFunction(name)) {
  if (function_ == nullptr) {
    throw std::logic_error("no kernel " + std::string(name));
  }
}

KernelCall& KernelCall::Texture(const apple_double::TextureView& view) {
  arguments_.textures.at(textures_++) = view;
  return *this;
}

KernelCall& KernelCall::Bytes(std::span<std::byte> bytes) {
  arguments_.buffers.at(buffers_++) = {bytes.data(), bytes.size()};
  return *this;
}

void KernelCall::Run(const Threads& grid, const Threads& threadgroup) {
  if (textures_ > function_->texture_count || buffers_ > function_->buffer_count) {
    throw std::logic_error("too many arguments of " + std::string(function_->name));
  }
  std::array<size_t, 3> size{};
  for (size_t i = 0; i < size.size(); ++i) {
    size[i] = (size_t{grid[i]} + threadgroup[i] - 1) / threadgroup[i] * threadgroup[i];
  }
  const size_t threads = size[0] * size[1] * size[2];
  std::array<std::exception_ptr, kHostThreads> failures;
  const auto work = [&](size_t host_thread) {
    try {
      for (size_t i = host_thread; i < threads; i += kHostThreads) {
        function_->run(arguments_, {static_cast<uint32_t>(i % size[0]),
                                    static_cast<uint32_t>(i / size[0] % size[1]),
                                    static_cast<uint32_t>(i / size[0] / size[1])});
      }
    } catch (...) {
      failures.at(host_thread) = std::current_exception();
    }
  };
  std::vector<std::thread> host_threads;
  for (size_t i = 0; i < kHostThreads; ++i) {
    host_threads.emplace_back(work, i);
  }
  for (std::thread& thread : host_threads) {
    thread.join();
  }
  for (const std::exception_ptr& failure : failures) {
    if (failure) {
      std::rethrow_exception(failure);
    }
  }
}

std::vector<mobilenet_kernels::Tap> KernelTaps(std::span<const BilinearTap> taps) {
  std::vector<mobilenet_kernels::Tap> kernel_taps;
  kernel_taps.reserve(taps.size());
  for (const BilinearTap& tap : taps) {
    kernel_taps.push_back({tap.lower, tap.upper, tap.lerp});
  }
  return kernel_taps;
}

size_t Differences(std::span<const float> expected, std::span<const float> actual) {
  if (expected.size() != actual.size()) {
    return std::max(expected.size(), actual.size());
  }
  size_t differences = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const bool both_nan = std::isnan(expected[i]) && std::isnan(actual[i]);
    differences += expected[i] == actual[i] || both_nan ? 0 : 1;
  }
  return differences;
}

}  // namespace mobilenet::test

#include "compute_vector_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "../metal/poison.h"

namespace apple_double {

const VectorKernels& BaselineVectors();
const VectorKernels& Avx2Vectors();

const VectorKernels& Vectors() {
#if defined(__x86_64__)
  static const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                           __builtin_cpu_supports("f16c");
  if (avx2) {
    return Avx2Vectors();
  }
#endif
  return BaselineVectors();
}

namespace {

constexpr float kLargest8 = 255;
constexpr float kLargest16 = 65535;

float LoadComponent(const ImageTexels& image, size_t at) {
  switch (image.type) {
    case ChannelType::kFloat16:
      return static_cast<float>(reinterpret_cast<const _Float16*>(image.bytes)[at]);
    case ChannelType::kFloat32:
      return reinterpret_cast<const float*>(image.bytes)[at];
    case ChannelType::kUnorm8:
      return static_cast<float>(reinterpret_cast<const uint8_t*>(image.bytes)[at]) / kLargest8;
    case ChannelType::kUnorm16:
      return static_cast<float>(reinterpret_cast<const uint16_t*>(image.bytes)[at]) / kLargest16;
  }
  return 0;
}

// Metal's rules for normalised integers: clamped, not a number is 0, rounded to nearest even.
float ToUnorm(float value, float largest) {
  return std::isnan(value) ? 0 : std::nearbyint(std::clamp(value, 0.0F, 1.0F) * largest);
}

void StoreComponent(const ImageTexels& image, size_t at, float value) {
  switch (image.type) {
    case ChannelType::kFloat16:
      reinterpret_cast<_Float16*>(image.bytes)[at] = static_cast<_Float16>(value);
      break;
    case ChannelType::kFloat32:
      reinterpret_cast<float*>(image.bytes)[at] = value;
      break;
    case ChannelType::kUnorm8:
      reinterpret_cast<uint8_t*>(image.bytes)[at] = static_cast<uint8_t>(ToUnorm(value, kLargest8));
      break;
    case ChannelType::kUnorm16:
      reinterpret_cast<uint16_t*>(image.bytes)[at] =
          static_cast<uint16_t>(ToUnorm(value, kLargest16));
      break;
  }
}

}  // namespace

void UnpackScalar(const ImageTexels& image, size_t first, size_t count, float* out, size_t stride) {
  for (size_t channel = 0; channel < image.channels; ++channel) {
    const size_t slice = image.first_slice + channel / 4;
    for (size_t pixel = 0; pixel < count; ++pixel) {
      const size_t at = (slice * image.Pixels() + first + pixel) * image.components + channel % 4;
      out[pixel * stride + channel] = LoadComponent(image, at);
    }
  }
}

void StoreScalar(const ImageTexels& image, size_t first_pixel, size_t count, size_t first_channel,
                 size_t channels, const float* values, size_t stride) {
  const size_t padded = std::min(RoundUp(channels, 4), RoundUp(channels, image.components));
  for (size_t i = 0; i < padded; ++i) {
    const size_t channel = first_channel + i;
    const size_t slice = image.first_slice + channel / 4;
    for (size_t pixel = 0; pixel < count; ++pixel) {
      const size_t at =
          (slice * image.Pixels() + first_pixel + pixel) * image.components + channel % 4;
      StoreComponent(image, at, i < channels ? values[pixel * stride + i] : kGarbage);
    }
  }
}

}  // namespace apple_double

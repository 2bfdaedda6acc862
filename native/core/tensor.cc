#include "core/tensor.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/error.h"

namespace mobilenet {

static_assert(std::endian::native == std::endian::little, "tensors are stored little-endian");

namespace {

[[noreturn]] void Fail(const std::string& name, const std::string& what) {
  throw Error(ErrorCode::kModelCorrupt, "tensor '" + name + "' " + what);
}

size_t ElementSize(DataType type) {
  switch (type) {
    case DataType::kFloat32:
      return sizeof(float);
    case DataType::kFloat16:
      return sizeof(uint16_t);
    case DataType::kUint8:
    case DataType::kInt8:
      return 1;
  }
  throw Error(ErrorCode::kInternal, "a tensor of no type");
}

// The largest number of scales that `shape` allows: its fastest size, sizes of 1 passed over.
size_t ChannelCount(const std::vector<int64_t>& shape) {
  const bool depthwise = shape.size() == 4 && shape[3] == 1;
  return shape.empty() ? 1 : static_cast<size_t>(depthwise ? shape[2] : shape.back());
}

void CheckQuantization(const std::string& name, const Tensor& tensor) {
  const size_t channels = ChannelCount(tensor.shape);
  const size_t count = tensor.zero_point.size();
  if ((count != 1 && count != channels) || tensor.scale.size() / sizeof(float) != count ||
      tensor.scale.size() % sizeof(float) != 0) {
    Fail(name, "needs 1 or " + std::to_string(channels) +
                   " zero points and a float32 scale for each but has " + std::to_string(count) +
                   " and " + std::to_string(tensor.scale.size()) + " bytes");
  }
}

// The data may start at any address, so elements are copied out, never read in place.
template <typename T>
T ElementAt(std::span<const std::byte> data, size_t index) {
  T element{};
  std::memcpy(&element, data.subspan(index * sizeof(T), sizeof(T)).data(), sizeof(T));
  return element;
}

// Without branches, so that loops over it are vectorised.
uint32_t HalfToFloatBits(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000u) << 16;
  const uint32_t magnitude = static_cast<uint32_t>(half & 0x7fffu) << 13;
  const uint32_t exponent = half & 0x7c00u;
  // 127 - 15 moves the exponent's bias; all ones stays all ones (infinity, NaN).
  const uint32_t normal = magnitude + ((127u - 15u) << 23);
  const uint32_t special = magnitude | 0x7f800000u;
  // Zero or subnormal: 2^-14 * (1 + mantissa / 1024) less 2^-14, exact and free of subnormal
  // floats.
  const float shifted = std::bit_cast<float>(magnitude + ((127u - 14u) << 23));
  const uint32_t subnormal = std::bit_cast<uint32_t>(shifted - 0x1p-14f);
  return sign | (exponent == 0 ? subnormal : exponent == 0x7c00u ? special : normal);
}

// `T` is the type of the elements and zero points. The difference of two of them is exact in
// float32, so that the product is rounded once.
template <typename T>
float ValueOf(std::byte element, float scale, int32_t zero_point) {
  return scale * static_cast<float>(std::bit_cast<T>(element) - zero_point);
}

}  // namespace

size_t ElementCount(const std::string& name, const Tensor& tensor) {
  const size_t element_size = ElementSize(tensor.type);
  size_t limit = std::numeric_limits<size_t>::max() / element_size;
  size_t count = 1;
  for (const int64_t size : tensor.shape) {
    if (size < 0) {
      Fail(name, "has a negative size: " + std::to_string(size));
    }
    if (size != 0 && count > limit / static_cast<uint64_t>(size)) {
      throw Error(ErrorCode::kModelCorrupt, "the shape of tensor '" + name + "' is too large");
    }
    count *= static_cast<size_t>(size);
  }
  if (count * element_size != tensor.data.size()) {
    Fail(name, "needs " + std::to_string(count * element_size) + " bytes for its shape but has " +
                   std::to_string(tensor.data.size()));
  }
  if (IsQuantized(tensor.type)) {
    CheckQuantization(name, tensor);
  }
  return count;
}

TensorReader::TensorReader(const std::string& name, const Tensor& tensor)
    : tensor_(tensor), size_(ElementCount(name, tensor)) {
  if (tensor.type == DataType::kUint8) {
    ReadChannels<uint8_t>(name);
  } else if (tensor.type == DataType::kInt8) {
    ReadChannels<int8_t>(name);
  }
}

template <typename T>
void TensorReader::ReadChannels(const std::string& name) {
  channels_.resize(tensor_.zero_point.size());
  for (size_t i = 0; i < channels_.size(); ++i) {
    const auto scale = ElementAt<float>(tensor_.scale, i);
    if (!(scale > 0) || !std::isfinite(scale)) {
      Fail(name, "has a scale that is not a finite number above 0: " + std::to_string(scale));
    }
    channels_[i] = {scale, std::bit_cast<T>(tensor_.zero_point[i])};
  }
}

template <typename T>
void TensorReader::Dequantize(size_t begin, std::span<float> values) const {
  const std::span<const std::byte> data = tensor_.data.subspan(begin, values.size());
  size_t channel = begin % channels_.size();
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = ValueOf<T>(data[i], channels_[channel].scale, channels_[channel].zero_point);
    channel = channel + 1 == channels_.size() ? 0 : channel + 1;
  }
}

void TensorReader::Read(size_t begin, std::span<float> values) const {
  if (values.empty()) {
    return;
  }
  switch (tensor_.type) {
    case DataType::kFloat32: {
      const auto data = tensor_.data.subspan(begin * sizeof(float), values.size_bytes());
      std::memcpy(values.data(), data.data(), data.size());
      break;
    }
    case DataType::kFloat16: {
      const auto data = tensor_.data.subspan(begin * sizeof(uint16_t));
      for (size_t i = 0; i < values.size(); ++i) {
        values[i] = std::bit_cast<float>(HalfToFloatBits(ElementAt<uint16_t>(data, i)));
      }
      break;
    }
    case DataType::kUint8:
      Dequantize<uint8_t>(begin, values);
      break;
    case DataType::kInt8:
      Dequantize<int8_t>(begin, values);
      break;
  }
}

std::vector<float> ToFloat32(const std::string& name, const Tensor& tensor) {
  const TensorReader reader(name, tensor);
  std::vector<float> values(reader.size());
  reader.Read(0, values);
  return values;
}

float HalfToFloat(uint16_t half) { return std::bit_cast<float>(HalfToFloatBits(half)); }

}  // namespace mobilenet

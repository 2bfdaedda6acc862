#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace mobilenet {

enum class DataType { kFloat32, kFloat16, kUint8, kInt8 };

// Whether a tensor of this type stands for numbers by way of scales and zero points.
constexpr bool IsQuantized(DataType type) {
  return type == DataType::kUint8 || type == DataType::kInt8;
}

// A weight tensor in memory somebody else owns: row-major, little-endian, not necessarily aligned.
struct Tensor {
  DataType type = DataType::kFloat32;
  std::vector<int64_t> shape;
  std::span<const std::byte> data;
  // Of a quantised tensor: float32 scales and zero points of the tensor's type, one of each or one
  // for each output channel, which is the size that runs fastest of [kh, kw, in, out] and
  // [kh, kw, channels, 1]. Element i is scale[i % n] * (data[i] - zero_point[i % n]).
  std::span<const std::byte> scale = {};
  std::span<const std::byte> zero_point = {};
};

using TensorMap = std::map<std::string, Tensor, std::less<>>;

// Number of elements; throws kModelCorrupt when a size is negative, the product overflows, `data`
// is not exactly that long, or the tensor is quantised and its scales and zero points are not as
// many as above.
size_t ElementCount(const std::string& name, const Tensor& tensor);

// Reads a tensor's values as float32 piece by piece; of a quantised one the nearest to each
// product. Holds on to the tensor.
class TensorReader {
 public:
  // Throws kModelCorrupt as above, and for a scale that is not a finite number above 0.
  TensorReader(const std::string& name, const Tensor& tensor);

  // Number of elements.
  size_t size() const { return size_; }
  // As many values as there is room for, from number `begin` on; they must exist.
  void Read(size_t begin, std::span<float> values) const;

 private:
  struct Channel {
    float scale = 0;
    int32_t zero_point = 0;
  };

  template <typename T>
  void ReadChannels(const std::string& name);
  template <typename T>
  void Dequantize(size_t begin, std::span<float> values) const;

  const Tensor& tensor_;
  size_t size_;
  std::vector<Channel> channels_;
};

// All the values at once. Throws as the reader does.
std::vector<float> ToFloat32(const std::string& name, const Tensor& tensor);

// IEEE 754 binary16 to binary32, subnormals, infinities and NaN included.
float HalfToFloat(uint16_t half);

}  // namespace mobilenet

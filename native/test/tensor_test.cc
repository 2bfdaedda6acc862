#include "core/tensor.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "quantize.h"

namespace mobilenet::test {
namespace {

// IEEE 754-2019, section 3.4, with p = 11 and bias 15, as written there.
double HalfByFormula(uint16_t half) {
  const double sign = (half & 0x8000) != 0 ? -1 : 1;
  const int exponent = (half >> 10) & 31;
  const double fraction = (half & 1023) / 1024.0;
  if (exponent == 31) {
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  }
  return exponent == 0 ? sign * std::pow(2.0, -14) * fraction
                       : sign * std::pow(2.0, exponent - 15) * (1 + fraction);
}

TEST_CASE("all 65536 half floats") {
  int wrong = 0;
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const double expected = HalfByFormula(half);
    const float actual = HalfToFloat(half);
    // Of NaNs sign and fraction stay too: the converted bits are the same ones moved.
    const uint32_t not_a_number = ((bits & 0x8000u) << 16) | 0x7f800000u | ((bits & 0x3ffu) << 13);
    const bool same = std::isnan(expected) ? std::bit_cast<uint32_t>(actual) == not_a_number
                                           : static_cast<double>(actual) == expected &&
                                                 std::signbit(actual) == std::signbit(expected);
    wrong += same ? 0 : 1;
  }
  CHECK(wrong == 0);
  CHECK(HalfToFloat(0x3c00) == 1.0f);
  CHECK(HalfToFloat(0x7bff) == 65504.0f);
  CHECK(HalfToFloat(0x0001) == 0x1p-24f);
  CHECK(std::bit_cast<uint32_t>(HalfToFloat(0x8000)) == 0x80000000u);
}

// Loops are vectorised: as one number, so many.
TEST_CASE("a tensor of all half floats, whole and in pieces") {
  std::vector<uint16_t> halves(65536);
  std::vector<uint32_t> expected(halves.size());
  for (size_t i = 0; i < halves.size(); ++i) {
    halves[i] = static_cast<uint16_t>(i);
    expected[i] = std::bit_cast<uint32_t>(HalfToFloat(halves[i]));
  }
  const Tensor tensor{DataType::kFloat16, {65536}, std::as_bytes(std::span(halves))};
  const std::vector<float> values = ToFloat32("t", tensor);
  CHECK(std::memcmp(values.data(), expected.data(), values.size() * sizeof(float)) == 0);

  const TensorReader reader("t", tensor);
  CHECK(reader.size() == halves.size());
  std::vector<float> pieces(halves.size());
  for (size_t begin = 0, size = 0; begin < pieces.size(); begin += size, ++size) {
    size = std::min(size, pieces.size() - begin);
    reader.Read(begin, std::span(pieces).subspan(begin, size));
  }
  CHECK(std::memcmp(pieces.data(), expected.data(), pieces.size() * sizeof(float)) == 0);
}

TEST_CASE("data at odd addresses") {
  const std::array<float, 3> values{1.5f, -2.0f, 1e-30f};
  std::array<std::byte, sizeof(values) + 1> bytes{};
  std::memcpy(bytes.data() + 1, values.data(), sizeof(values));
  const Tensor floats{DataType::kFloat32, {3, 1}, std::span(bytes).subspan(1)};
  CHECK(ToFloat32("t", floats) == std::vector<float>(values.begin(), values.end()));

  const std::array<uint16_t, 2> halves{0x3c00, 0xc000};
  std::memcpy(bytes.data() + 1, halves.data(), sizeof(halves));
  const Tensor packed{DataType::kFloat16, {2}, std::span(bytes).subspan(1, sizeof(halves))};
  CHECK(ToFloat32("t", packed) == std::vector<float>{1.0f, -2.0f});
}

TEST_CASE("shapes that do not fit the data") {
  const std::array<std::byte, 8> bytes{};
  const auto count = [&](std::vector<int64_t> shape, DataType type = DataType::kFloat32) {
    return ElementCount("weights", {type, std::move(shape), bytes});
  };
  CHECK(count({2}) == 2);
  CHECK(count({2, 2}, DataType::kFloat16) == 4);
  CHECK_THROWS_WITH_AS(count({3}), "tensor 'weights' needs 12 bytes for its shape but has 8",
                       Error);
  CHECK_THROWS_AS(count({1}), Error);
  CHECK_THROWS_AS(count({-1, -2}), Error);
  CHECK_THROWS_AS(count({int64_t{1} << 62, 4}), Error);
  CHECK_THROWS_AS(count({int64_t{1} << 62, 1}), Error);  // counts, but not in bytes
  CHECK_THROWS_AS(count({0}), Error);
  CHECK(ElementCount("scalar", {DataType::kFloat32, {}, std::span(bytes).first(4)}) == 1);
  CHECK(ToFloat32("none", {DataType::kFloat32, {0, 5}, {}}).empty());
}

// A quantised tensor that owns its bytes, at odd addresses.
class QuantizedTensor {
 public:
  QuantizedTensor(DataType type, std::vector<int64_t> shape, const Quantized& quantized)
      : data_(AsBytes(quantized.data)),
        scale_(AsBytes(quantized.scale)),
        zero_point_(AsBytes(quantized.zero_point)),
        tensor_{type, std::move(shape), std::span(data_).subspan(1), std::span(scale_).subspan(1),
                std::span(zero_point_).subspan(1)} {}
  QuantizedTensor(const QuantizedTensor&) = delete;
  QuantizedTensor& operator=(const QuantizedTensor&) = delete;

  std::vector<float> values() const { return ToFloat32("w", tensor_); }
  Tensor& tensor() { return tensor_; }

 private:
  std::vector<std::byte> data_, scale_, zero_point_;
  Tensor tensor_;
};

// Each bit counts: these are the numbers that lib/models/quantization.ts makes of the same
// integers.
bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

TEST_CASE("quantised tensors stand for scale * (element - zero point)") {
  const Quantized one{{0, 5, 128, 255}, {0.5f}, {128}};
  CHECK(QuantizedTensor(DataType::kUint8, {1, 1, 2, 2}, one).values() ==
        std::vector<float>{-64, -61.5f, 0, 63.5f});
  const Quantized channels{{-128, 127, 0, 3}, {0.5f, 0.25f}, {-128, 3}};
  CHECK(QuantizedTensor(DataType::kInt8, {1, 1, 2, 2}, channels).values() ==
        std::vector<float>{0, 31, 64, 0});
  CHECK(QuantizedTensor(DataType::kInt8, {1, 2, 2, 1}, channels).values() ==
        std::vector<float>{0, 31, 64, 0});  // depthwise
}

TEST_CASE("every integer with every zero point, rounded once") {
  for (const DataType type : {DataType::kUint8, DataType::kInt8}) {
    const int32_t least = type == DataType::kInt8 ? -128 : 0;
    Quantized quantized;
    for (int32_t i = 0; i < 256; ++i) {
      // From the smallest subnormal to 2^95.
      const double spread = std::fabs(std::sin(i + 1.0)) * std::exp2(i - 160);
      quantized.scale.push_back(std::max(static_cast<float>(spread), 0x1p-149f));
      quantized.zero_point.push_back(least + i);
    }
    for (int32_t i = 0; i < 256 * 256; ++i) {
      quantized.data.push_back(least + i / 256);
    }
    QuantizedTensor conv2d(type, {1, 1, 256, 256}, quantized);
    CHECK(SameBits(conv2d.values(), Dequantize(quantized)));
    QuantizedTensor depthwise(type, {16, 16, 256, 1}, quantized);
    CHECK(SameBits(depthwise.values(), Dequantize(quantized)));
  }
}

TEST_CASE("quantised tensors in pieces that begin at any channel") {
  const Quantized quantized{{1, 2, 3, 4, 5, 6}, {1, 2, 4}, {0, 1, 2}};
  QuantizedTensor owner(DataType::kUint8, {1, 1, 2, 3}, quantized);
  const std::vector<float> whole = owner.values();
  const TensorReader reader("w", owner.tensor());
  for (size_t begin = 0; begin <= whole.size(); ++begin) {
    for (size_t end = begin; end <= whole.size(); ++end) {
      std::vector<float> piece(end - begin);
      reader.Read(begin, piece);
      CHECK(std::equal(piece.begin(), piece.end(), whole.data() + begin));
    }
  }
}

TEST_CASE("scales and zero points that do not fit") {
  const Quantized quantized{{1, 2, 3, 4, 5, 6}, {1, 2, 3}, {0, 0, 0}};
  const auto code = [&](std::vector<int64_t> shape, const auto& change) {
    QuantizedTensor owner(DataType::kUint8, std::move(shape), quantized);
    change(owner.tensor());
    try {
      owner.values();
    } catch (const Error& error) {
      return std::string(CodeName(error.code()));
    }
    return std::string("no error");
  };
  const auto nothing = [](Tensor&) {};
  CHECK(code({1, 1, 2, 3}, nothing) == "no error");
  CHECK(code({1, 2, 3, 1}, nothing) == "no error");
  CHECK(code({1, 1, 3, 2}, nothing) == "ERR_MODEL_CORRUPT");
  CHECK(code({1, 3, 2, 1}, nothing) == "ERR_MODEL_CORRUPT");
  CHECK(code({6}, nothing) == "ERR_MODEL_CORRUPT");
  CHECK(code({1, 1, 2, 3}, [](Tensor& t) { t.scale = {}; }) == "ERR_MODEL_CORRUPT");
  CHECK(code({1, 1, 2, 3}, [](Tensor& t) { t.zero_point = {}; }) == "ERR_MODEL_CORRUPT");
  CHECK(code({1, 1, 2, 3}, [](Tensor& t) { t.scale = t.scale.first(11); }) == "ERR_MODEL_CORRUPT");
  CHECK(code({1, 1, 2, 3}, [](Tensor& t) { t.scale = t.scale.first(8); }) == "ERR_MODEL_CORRUPT");
  CHECK(code({1, 1, 2, 3}, [](Tensor& t) { t.zero_point = t.zero_point.first(1); }) ==
        "ERR_MODEL_CORRUPT");
  CHECK(code({1, 1, 2, 3}, [](Tensor& t) { t.data = t.data.first(5); }) == "ERR_MODEL_CORRUPT");
  CHECK(code({1, 1, 2, 3}, [](Tensor& t) {
          t.scale = t.scale.first(4);
          t.zero_point = t.zero_point.first(1);
        }) == "no error");
}

TEST_CASE("scales that are no finite number above 0") {
  for (const float scale :
       {0.0f, -0.0f, -1.0f, std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    QuantizedTensor tensor(DataType::kInt8, {1, 1, 1, 2}, {{1, 2}, {1, scale}, {0, 0}});
    CHECK_THROWS_AS(tensor.values(), Error);
  }
}

}  // namespace
}  // namespace mobilenet::test

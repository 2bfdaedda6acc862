#include "graph_tester.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "core/reference_executor.h"
#include "core/shape_inference.h"
#include "quantize.h"

namespace mobilenet::test {
namespace {

// Rounds towards zero; for numbers in the half's normal range, anything smaller becomes 0.
uint16_t TruncateToHalf(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const auto sign = static_cast<uint16_t>((bits >> 16) & 0x8000u);
  const int32_t exponent = static_cast<int32_t>((bits >> 23) & 0xffu) - 127 + 15;
  if (exponent < 1) {
    return sign;
  }
  return static_cast<uint16_t>(sign | static_cast<uint32_t>(exponent) << 10 |
                               ((bits >> 13) & 0x3ffu));
}

}  // namespace

int32_t Random::Integer(int32_t low, int32_t high) {
  const auto choices = static_cast<uint32_t>(high - low) + 1;
  return low + static_cast<int32_t>(engine_() % choices);
}

float Random::Number(float low, float high) {
  const float fraction = static_cast<float>(engine_() >> 8) * 0x1p-24f;
  return low + (high - low) * fraction;
}

bool Random::Chance(double probability) {
  return static_cast<double>(engine_()) < probability * 0x1p32;
}

std::vector<float> Random::Numbers(size_t count, float low, float high) {
  std::vector<float> numbers(count);
  std::generate(numbers.begin(), numbers.end(), [&] { return Number(low, high); });
  return numbers;
}

GraphTester::GraphTester(const Shape& input, uint32_t seed) : random_(seed) {
  graph_.input = "input";
  graph_.input_shape = input;
  shapes_["input"] = input;
}

Operation GraphTester::Make(OperationType type) {
  Operation operation;
  operation.name = "operation" + std::to_string(graph_.operations.size() + 1);
  operation.type = type;
  operation.inputs = {current_};
  return operation;
}

void GraphTester::SetWindow(Operation& operation, const Window& window) const {
  operation.kernel = window.kernel;
  operation.stride = window.stride;
  operation.dilation = window.dilation;
  operation.padding = window.padding;
}

GraphTester& GraphTester::Conv2d(int32_t filters, const Window& window, Activation activation,
                                 bool bias) {
  Operation operation = Make(OperationType::kConv2d);
  SetWindow(operation, window);
  operation.filters = filters;
  operation.activation = activation;
  operation.weights = operation.name + "/weights";
  const int32_t channels = shape().channels;
  const double taps = static_cast<double>(window.kernel.height) * window.kernel.width * channels;
  // Keeps the spread of the values about the same from layer to layer.
  SetRandomTensor(operation.weights, {window.kernel.height, window.kernel.width, channels, filters},
                  static_cast<float>(std::sqrt(3 / taps)));
  if (bias) {
    operation.bias = operation.name + "/bias";
    SetRandomTensor(operation.bias, {filters}, 1);
  }
  return Append(std::move(operation));
}

GraphTester& GraphTester::DepthwiseConv2d(const Window& window, Activation activation, bool bias) {
  Operation operation = Make(OperationType::kDepthwiseConv2d);
  SetWindow(operation, window);
  operation.activation = activation;
  operation.weights = operation.name + "/weights";
  const int32_t channels = shape().channels;
  const double taps = static_cast<double>(window.kernel.height) * window.kernel.width;
  SetRandomTensor(operation.weights, {window.kernel.height, window.kernel.width, channels, 1},
                  static_cast<float>(std::sqrt(3 / taps)));
  if (bias) {
    operation.bias = operation.name + "/bias";
    SetRandomTensor(operation.bias, {channels}, 1);
  }
  return Append(std::move(operation));
}

GraphTester& GraphTester::BiasAdd() {
  Operation operation = Make(OperationType::kBiasAdd);
  operation.bias = operation.name + "/bias";
  SetRandomTensor(operation.bias, {shape().channels}, 1);
  return Append(std::move(operation));
}

GraphTester& GraphTester::Pointwise(OperationType type) { return Append(Make(type)); }
GraphTester& GraphTester::Relu() { return Pointwise(OperationType::kRelu); }
GraphTester& GraphTester::Relu6() { return Pointwise(OperationType::kRelu6); }
GraphTester& GraphTester::Sigmoid() { return Pointwise(OperationType::kSigmoid); }
GraphTester& GraphTester::Softmax() { return Pointwise(OperationType::kSoftmax); }

GraphTester& GraphTester::GlobalAveragePool() {
  return Pointwise(OperationType::kGlobalAveragePool);
}

GraphTester& GraphTester::Add(const std::string& other, Activation activation) {
  Operation operation = Make(OperationType::kAdd);
  operation.inputs.push_back(other);
  operation.activation = activation;
  return Append(std::move(operation));
}

GraphTester& GraphTester::AveragePool(const Window& window) {
  Operation operation = Make(OperationType::kAveragePool);
  SetWindow(operation, window);
  return Append(std::move(operation));
}

GraphTester& GraphTester::ResizeBilinear(Extent size, bool align_corners, bool half_pixel_centers) {
  Operation operation = Make(OperationType::kResizeBilinear);
  operation.size = size;
  operation.align_corners = align_corners;
  operation.half_pixel_centers = half_pixel_centers;
  return Append(std::move(operation));
}

GraphTester& GraphTester::ResizeLike(const std::string& like, bool align_corners,
                                     bool half_pixel_centers) {
  Operation operation = Make(OperationType::kResizeBilinear);
  operation.like = like;
  operation.align_corners = align_corners;
  operation.half_pixel_centers = half_pixel_centers;
  return Append(std::move(operation));
}

GraphTester& GraphTester::Concat(const std::vector<std::string>& names) {
  Operation operation = Make(OperationType::kConcat);
  operation.inputs = names;
  return Append(std::move(operation));
}

GraphTester& GraphTester::Append(Operation operation) {
  current_ = operation.name;
  graph_.operations.push_back(std::move(operation));
  // Resolved again from the start: slow, simple, and the graphs of tests are small.
  mobilenet::Graph graph = graph_;
  graph.outputs = {{"output", current_}};
  shapes_[current_] = ResolveGraph(graph, tensors()).values.back().shape;
  return *this;
}

GraphTester& GraphTester::From(const std::string& value) {
  current_ = value;
  return *this;
}

GraphTester& GraphTester::Output(const std::string& name) {
  graph_.outputs.push_back({name, current_});
  return *this;
}

GraphTester& GraphTester::Store(DataType type, bool per_channel) {
  store_ = type;
  store_per_channel_ = per_channel;
  return *this;
}

GraphTester& GraphTester::SetTensor(const std::string& name, const std::vector<int64_t>& shape,
                                    std::span<const float> values) {
  StoreTensor(name, DataType::kFloat32, shape, values);
  return *this;
}

void GraphTester::SetRandomTensor(const std::string& name, const std::vector<int64_t>& shape,
                                  float limit) {
  size_t count = 1;
  for (const int64_t size : shape) {
    count *= static_cast<size_t>(size);
  }
  const std::vector<float> values = random_.Numbers(count, -limit, limit);
  if (!IsQuantized(store_)) {
    StoreTensor(name, store_, shape, values);
  } else if (shape.size() == 1) {  // a bias
    StoreTensor(name, DataType::kFloat32, shape, values);
  } else {
    StoreQuantized(name, shape, values);
  }
}

void GraphTester::StoreQuantized(const std::string& name, const std::vector<int64_t>& shape,
                                 std::span<const float> values) {
  const int64_t channels = shape.back() == 1 ? shape.at(2) : shape.back();
  const Quantized quantized =
      Quantize(values, store_per_channel_ ? static_cast<size_t>(channels) : 1, store_);
  tensors_[name] = {store_, shape, AsBytes(quantized.data), AsBytes(quantized.scale),
                    AsBytes(quantized.zero_point)};
}

void GraphTester::StoreTensor(const std::string& name, DataType type,
                              const std::vector<int64_t>& shape, std::span<const float> values) {
  StoredTensor& stored = tensors_[name];
  stored.type = type;
  stored.shape = shape;
  const size_t element_size = type == DataType::kFloat16 ? sizeof(uint16_t) : sizeof(float);
  stored.bytes.resize(1 + values.size() * element_size);
  std::byte* to = stored.bytes.data() + 1;
  for (const float value : values) {
    if (type == DataType::kFloat16) {
      const uint16_t half = TruncateToHalf(value);
      std::memcpy(to, &half, sizeof(half));
    } else {
      std::memcpy(to, &value, sizeof(value));
    }
    to += element_size;
  }
}

mobilenet::Graph GraphTester::graph() const {
  mobilenet::Graph graph = graph_;
  if (graph.outputs.empty()) {
    graph.outputs.push_back({"output", current_});
  }
  return graph;
}

TensorMap GraphTester::tensors() const {
  TensorMap tensors;
  for (const auto& [name, stored] : tensors_) {
    Tensor& tensor = tensors[name];
    tensor = {stored.type, stored.shape, std::span(stored.bytes).subspan(1)};
    if (IsQuantized(stored.type)) {
      tensor.scale = std::span(stored.scale).subspan(1);
      tensor.zero_point = std::span(stored.zero_point).subspan(1);
    }
  }
  return tensors;
}

Program GraphTester::Compile(const CompileOptions& options) const {
  return mobilenet::Compile(graph(), tensors(), options);
}

std::vector<float> RandomInput(const Program& program, uint32_t seed) {
  return Random(seed).Numbers(ElementCount(program.values[0].shape), -1, 1);
}

std::vector<std::vector<float>> RunExecutor(Executor& executor, std::span<const float> input) {
  REQUIRE(executor.input().size() == input.size());
  std::copy(input.begin(), input.end(), executor.input().begin());
  const std::atomic<bool> stop{false};
  REQUIRE(executor.Run(stop));
  std::vector<std::vector<float>> outputs;
  for (size_t i = 0; i < executor.program().outputs.size(); ++i) {
    const std::span<const float> output = executor.output(i);
    outputs.emplace_back(output.begin(), output.end());
  }
  return outputs;
}

double RelativeDifference(std::span<const float> expected, std::span<const float> actual) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  if (expected.size() != actual.size()) {
    return kInfinite;
  }
  double scale = 1e-3;
  double difference = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!std::isfinite(expected[i]) || !std::isfinite(actual[i])) {
      const bool same =
          expected[i] == actual[i] || (std::isnan(expected[i]) && std::isnan(actual[i]));
      if (!same) {
        return kInfinite;
      }
      continue;
    }
    scale = std::max(scale, std::fabs(static_cast<double>(expected[i])));
    difference = std::max(difference, std::fabs(static_cast<double>(expected[i]) - actual[i]));
  }
  return difference / scale;
}

void CheckAgainstReference(const GraphTester& tester, const Candidates& candidates,
                           double tolerance, const CompileOptions& options) {
  const Program program = tester.Compile(options);
  const std::unique_ptr<Executor> reference = MakeReferenceExecutor(program);
  std::vector<std::unique_ptr<Executor>> executors;
  for (const Candidate& candidate : candidates) {
    executors.push_back(candidate.make(program));
  }
  for (const uint32_t seed : {7u, 8u}) {
    CAPTURE(seed);
    const std::vector<float> input = RandomInput(program, seed);
    const auto expected = RunExecutor(*reference, input);
    for (size_t c = 0; c < candidates.size(); ++c) {
      CAPTURE(candidates[c].name);
      const auto actual = RunExecutor(*executors[c], input);
      REQUIRE(expected.size() == actual.size());
      for (size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(program.outputs[i].name);
        CHECK(RelativeDifference(expected[i], actual[i]) <= tolerance);
      }
    }
  }
}

}  // namespace mobilenet::test

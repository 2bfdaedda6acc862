#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "core/executor.h"
#include "core/graph.h"
#include "core/program.h"
#include "core/tensor.h"

namespace mobilenet::test {

// Random numbers that are the same on every platform for the same seed (the standard distributions
// are not).
class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  // Evenly from low to high, both included.
  int32_t Integer(int32_t low, int32_t high);
  // Evenly from low (included) to high.
  float Number(float low, float high);
  bool Chance(double probability = 0.5);
  std::vector<float> Numbers(size_t count, float low, float high);
  template <typename T>
  T Choice(const std::vector<T>& choices) {
    return choices[static_cast<size_t>(Integer(0, static_cast<int32_t>(choices.size()) - 1))];
  }

 private:
  std::mt19937 engine_;
};

// How a convolution or pooling slides.
struct Window {
  Extent kernel{1, 1};
  Extent stride{1, 1};
  Extent dilation{1, 1};
  Padding padding{};
};

// Builds a graph operation by operation, each reading the value made last, with seeded random
// weights that it owns:
//
//   GraphTester tester({7, 7, 8});
//   tester.Conv2d(16, {.kernel = {3, 3}, .stride = {2, 2}}).Relu6();
//   const Program program = tester.Compile();
//
// Tensors start at odd addresses, as they may in a model file. The value made last is the output
// "output" unless Output() named some. A Program's tensors live as long as its GraphTester, so
// construct executors before that goes.
class GraphTester {
 public:
  explicit GraphTester(const Shape& input, uint32_t seed = 1);

  GraphTester& Conv2d(int32_t filters, const Window& window,
                      Activation activation = Activation::kNone, bool bias = true);
  GraphTester& DepthwiseConv2d(const Window& window, Activation activation = Activation::kNone,
                               bool bias = true);
  GraphTester& BiasAdd();
  GraphTester& Relu();
  GraphTester& Relu6();
  GraphTester& Sigmoid();
  GraphTester& Softmax();
  // The value made last plus the value of that name.
  GraphTester& Add(const std::string& other, Activation activation = Activation::kNone);
  GraphTester& AveragePool(const Window& window);
  GraphTester& GlobalAveragePool();
  GraphTester& ResizeBilinear(Extent size, bool align_corners = false,
                              bool half_pixel_centers = false);
  GraphTester& ResizeLike(const std::string& like, bool align_corners = false,
                          bool half_pixel_centers = false);
  // Joins the values of these names.
  GraphTester& Concat(const std::vector<std::string>& names);
  // Adds any operation; its tensors must have been set with SetTensor.
  GraphTester& Append(Operation operation);

  // What follows reads this value. The input's name is "input".
  GraphTester& From(const std::string& value);
  // Marks the current value as an output of that name.
  GraphTester& Output(const std::string& name);
  // Weights made from here on are stored as this type; quantised ones with a scale for each output
  // channel or one for all. Biases are never quantised.
  GraphTester& Store(DataType type, bool per_channel = false);
  // Replaces or adds a tensor, float32.
  GraphTester& SetTensor(const std::string& name, const std::vector<int64_t>& shape,
                         std::span<const float> values);

  // Names are "operation1", "operation2" and so on, weights "operation1/weights",
  // "operation1/bias".
  const std::string& value() const { return current_; }
  const Shape& shape() const { return shape(current_); }
  const Shape& shape(const std::string& value) const { return shapes_.at(value); }
  const std::map<std::string, Shape>& shapes() const { return shapes_; }

  mobilenet::Graph graph() const;
  TensorMap tensors() const;  // valid while this lives
  Program Compile(const CompileOptions& options = {}) const;

 private:
  struct StoredTensor {
    DataType type = DataType::kFloat32;
    std::vector<int64_t> shape;
    std::vector<std::byte> bytes;  // the data starts at bytes[1]
    std::vector<std::byte> scale = {};
    std::vector<std::byte> zero_point = {};
  };

  Operation Make(OperationType type);
  GraphTester& Pointwise(OperationType type);
  void SetWindow(Operation& operation, const Window& window) const;
  void SetRandomTensor(const std::string& name, const std::vector<int64_t>& shape, float limit);
  void StoreTensor(const std::string& name, DataType type, const std::vector<int64_t>& shape,
                   std::span<const float> values);
  void StoreQuantized(const std::string& name, const std::vector<int64_t>& shape,
                      std::span<const float> values);

  mobilenet::Graph graph_;
  std::map<std::string, StoredTensor> tensors_;
  std::map<std::string, Shape> shapes_;
  std::string current_ = "input";
  DataType store_ = DataType::kFloat32;
  bool store_per_channel_ = false;
  Random random_;
};

// Random numbers for the program's input, from -1 to 1.
std::vector<float> RandomInput(const Program& program, uint32_t seed);

// Runs the executor on the input and copies its outputs, in the program's order.
std::vector<std::vector<float>> RunExecutor(Executor& executor, std::span<const float> input);

// The largest difference of two outputs, as a fraction of the largest absolute value of `expected`
// (of 0.001 when that is smaller: rounding near 0 has no scale of its own). Infinite when sizes
// differ or a number is not finite in one of them only.
double RelativeDifference(std::span<const float> expected, std::span<const float> actual);

using MakeExecutor = std::function<std::unique_ptr<Executor>(const Program&)>;

// An executor under test, and the name by which a failure tells it from others.
struct Candidate {
  std::string name;
  MakeExecutor make;
};
using Candidates = std::vector<Candidate>;

// Compiles, runs the reference executor and the candidates on the same random input, and fails the
// running test case when an output differs by more than `tolerance` (see RelativeDifference).
// Candidates run twice, to find state left behind by the first frame.
void CheckAgainstReference(const GraphTester& tester, const Candidates& candidates,
                           double tolerance, const CompileOptions& options = {});

}  // namespace mobilenet::test

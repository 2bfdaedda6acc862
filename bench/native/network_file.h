// A network as ../lib/native-model.mjs writes it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace bench {

struct Shape {
  size_t height;
  size_t width;
  size_t channels;

  size_t elements() const { return height * width * channels; }
};

/// Rows, then columns.
using Extent = std::array<uint32_t, 2>;

struct Operation {
  /// As in lib/graph/types.ts.
  std::string type;
  /// Indices of values.
  std::vector<size_t> inputs;
  size_t output;
  /// Least and largest value after the activation.
  float low;
  float high;

  // The rest is for convolutions.
  Extent kernel;
  Extent stride;
  Extent dilation;
  struct {
    uint32_t top, right, bottom, left;
  } padding;
  /// Where they begin among the network's weights.
  size_t weights;
  size_t bias;
};

/// Room behind a buffer's end, in elements: vectorised code of XNNPACK reads past it.
inline constexpr size_t kSlack = 64;

struct Network {
  /// The first is the input's.
  std::vector<Shape> values;
  std::vector<size_t> outputs;
  /// In an order in which each reads only values made before it.
  std::vector<Operation> operations;
  /// With kSlack zeros behind them.
  std::vector<float> weights;
};

Network read_network(const std::string& graph_file, const std::string& weights_file);

/// All numbers of a file, and kSlack zeros.
std::vector<float> read_floats(const std::string& file);

}  // namespace bench

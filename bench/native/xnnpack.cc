// XNNPACK, as the distribution packages it: `xnnpack GRAPH WEIGHTS INPUT THREADS`.
#include <pthreadpool.h>
#include <xnnpack.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "network_file.h"
#include "peer.h"

namespace bench {
namespace {

void check(xnn_status status, const char* what) {
  if (status != xnn_status_success) {
    throw std::runtime_error(std::string(what) + " failed with status " + std::to_string(status));
  }
}

struct Deleter {
  void operator()(xnn_subgraph_t subgraph) const { xnn_delete_subgraph(subgraph); }
  void operator()(xnn_runtime_t runtime) const { xnn_delete_runtime(runtime); }
  void operator()(pthreadpool_t pool) const { pthreadpool_destroy(pool); }
};

template <typename Handle>
using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Deleter>;

/// Writes a network as a graph of XNNPACK's.
class SubgraphWriter {
 public:
  explicit SubgraphWriter(const Network& network) : network_(network) {
    const auto externals = static_cast<uint32_t>(1 + network.outputs.size());
    xnn_subgraph_t subgraph = nullptr;
    check(xnn_create_subgraph(externals, 0, &subgraph), "xnn_create_subgraph");
    subgraph_.reset(subgraph);
    if (std::any_of(network.operations.begin(), network.operations.end(),
                    [](const Operation& operation) { return operation.type == "concat"; })) {
      throw std::runtime_error("the version that Debian packages cannot concatenate channels");
    }
    for (size_t value = 0; value < network.values.size(); ++value) {
      define_value(value);
    }
    for (const Operation& operation : network.operations) {
      define(operation);
    }
  }

  Owned<xnn_subgraph_t> take() { return std::move(subgraph_); }

 private:
  /// The input is external value 0, the outputs are those after it.
  void define_value(size_t value) {
    const auto& outputs = network_.outputs;
    const auto output = std::find(outputs.begin(), outputs.end(), value);
    uint32_t external = XNN_INVALID_VALUE_ID;
    uint32_t flags = 0;
    if (value == 0) {
      external = 0;
      flags = XNN_VALUE_FLAG_EXTERNAL_INPUT;
    } else if (output != outputs.end()) {
      external = static_cast<uint32_t>(1 + (output - outputs.begin()));
      flags = XNN_VALUE_FLAG_EXTERNAL_OUTPUT;
    }
    const auto& [height, width, channels] = network_.values[value];
    ids_.push_back(define_tensor({1, height, width, channels}, nullptr, external, flags));
  }

  uint32_t define_constant(const std::vector<size_t>& dimensions, size_t offset) {
    return define_tensor(dimensions, network_.weights.data() + offset, XNN_INVALID_VALUE_ID, 0);
  }

  uint32_t define_tensor(const std::vector<size_t>& dimensions, const float* data,
                         uint32_t external, uint32_t flags) {
    uint32_t id = XNN_INVALID_VALUE_ID;
    check(xnn_define_tensor_value(subgraph_.get(), xnn_datatype_fp32, dimensions.size(),
                                  dimensions.data(), data, external, flags, &id),
          "xnn_define_tensor_value");
    return id;
  }

  void define(const Operation& operation) {
    const uint32_t input = ids_[operation.inputs[0]];
    const uint32_t output = ids_[operation.output];
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    if (operation.type == "conv2d") {
      define_convolution(operation, input, output);
    } else if (operation.type == "depthwiseConv2d") {
      define_depthwise(operation, input, output);
    } else if (operation.type == "add") {
      check(xnn_define_add2(subgraph_.get(), operation.low, operation.high, input,
                            ids_[operation.inputs[1]], output, 0),
            "xnn_define_add2");
    } else if (operation.type == "globalAveragePool") {
      check(xnn_define_global_average_pooling_2d(subgraph_.get(), -kInfinity, kInfinity, input,
                                                 output, 0),
            "xnn_define_global_average_pooling_2d");
    } else {
      throw std::runtime_error("no translation of " + operation.type + " to this XNNPACK");
    }
  }

  void define_convolution(const Operation& operation, uint32_t input, uint32_t output) {
    const size_t channels = network_.values[operation.inputs[0]].channels;
    const size_t filters = network_.values[operation.output].channels;
    const auto& [top, right, bottom, left] = operation.padding;
    const Extent& kernel = operation.kernel;
    const Extent& stride = operation.stride;
    const Extent& dilation = operation.dilation;
    const uint32_t weights =
        define_constant({filters, kernel[0], kernel[1], channels}, operation.weights);
    const uint32_t bias = define_constant({filters}, operation.bias);
    check(xnn_define_convolution_2d(subgraph_.get(), top, right, bottom, left, kernel[0], kernel[1],
                                    stride[0], stride[1], dilation[0], dilation[1], 1, channels,
                                    filters, operation.low, operation.high, input, weights, bias,
                                    output, 0),
          "xnn_define_convolution_2d");
  }

  void define_depthwise(const Operation& operation, uint32_t input, uint32_t output) {
    const size_t channels = network_.values[operation.output].channels;
    const auto& [top, right, bottom, left] = operation.padding;
    const Extent& kernel = operation.kernel;
    const Extent& stride = operation.stride;
    const Extent& dilation = operation.dilation;
    const uint32_t weights =
        define_constant({1, kernel[0], kernel[1], channels}, operation.weights);
    const uint32_t bias = define_constant({channels}, operation.bias);
    check(xnn_define_depthwise_convolution_2d(subgraph_.get(), top, right, bottom, left, kernel[0],
                                              kernel[1], stride[0], stride[1], dilation[0],
                                              dilation[1], 1, channels, operation.low,
                                              operation.high, input, weights, bias, output, 0),
          "xnn_define_depthwise_convolution_2d");
  }

  const Network& network_;
  Owned<xnn_subgraph_t> subgraph_;
  /// XNNPACK's numbers of the network's values.
  std::vector<uint32_t> ids_;
};

/// A network made ready, with its input and outputs.
class Runtime {
 public:
  Runtime(const Network& network, std::vector<float> input, size_t threads)
      : input_(std::move(input)) {
    check(xnn_initialize(nullptr), "xnn_initialize");
    if (threads > 1) {
      pool_.reset(pthreadpool_create(threads));
    }
    const auto subgraph = SubgraphWriter(network).take();
    xnn_runtime_t runtime = nullptr;
    check(xnn_create_runtime_v2(subgraph.get(), pool_.get(), 0, &runtime), "xnn_create_runtime_v2");
    runtime_.reset(runtime);

    std::vector<xnn_external_value> externals = {{0, input_.data()}};
    for (const size_t output : network.outputs) {
      auto& values = outputs_.emplace_back(network.values[output].elements() + kSlack);
      externals.push_back({static_cast<uint32_t>(externals.size()), values.data()});
    }
    check(xnn_setup_runtime(runtime, externals.size(), externals.data()), "xnn_setup_runtime");
  }

  void run() { check(xnn_invoke_runtime(runtime_.get()), "xnn_invoke_runtime"); }

  std::vector<Fingerprint> fingerprints() const {
    std::vector<Fingerprint> result;
    result.reserve(outputs_.size());
    for (const auto& values : outputs_) {
      result.push_back(fingerprint({values.data(), values.size() - kSlack}));
    }
    return result;
  }

 private:
  std::vector<float> input_;
  std::vector<std::vector<float>> outputs_;
  Owned<pthreadpool_t> pool_;
  Owned<xnn_runtime_t> runtime_;
};

Peer create(const std::vector<std::string>& arguments) {
  const Network network = read_network(arguments.at(0), arguments.at(1));
  const auto runtime =
      std::make_shared<Runtime>(network, read_floats(arguments.at(2)), std::stoul(arguments.at(3)));
  runtime->run();
  return {"XNNPACK " XNNPACK_VERSION, runtime->fingerprints(), [runtime] { runtime->run(); }};
}

}  // namespace
}  // namespace bench

int main(int count, char** arguments) {
  return bench::serve([&] { return bench::create({arguments + 1, arguments + count}); });
}

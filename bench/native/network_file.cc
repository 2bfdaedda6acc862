#include "network_file.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace bench {
namespace {

/// Reads a number, "inf" and "-inf" included, which streams do not take.
float read_limit(std::istream& line) {
  std::string text;
  line >> text;
  return std::stof(text);
}

void read_convolution(std::istream& line, Operation& operation) {
  operation.inputs.resize(1);
  line >> operation.inputs[0] >> operation.output;
  for (Extent* extent : {&operation.kernel, &operation.stride, &operation.dilation}) {
    line >> (*extent)[0] >> (*extent)[1];
  }
  auto& [top, right, bottom, left] = operation.padding;
  line >> top >> right >> bottom >> left;
  operation.low = read_limit(line);
  operation.high = read_limit(line);
  line >> operation.weights >> operation.bias;
}

void read_add(std::istream& line, Operation& operation) {
  operation.inputs.resize(2);
  line >> operation.inputs[0] >> operation.inputs[1] >> operation.output;
  operation.low = read_limit(line);
  operation.high = read_limit(line);
}

/// Values it reads, then the one it makes.
void read_plain(std::istream& line, Operation& operation) {
  for (size_t value = 0; line >> value;) {
    operation.inputs.push_back(value);
  }
  line.clear();
  operation.output = operation.inputs.back();
  operation.inputs.pop_back();
}

Operation read_operation(const std::string& type, std::istream& line) {
  Operation operation{};
  operation.type = type;
  if (type == "conv2d" || type == "depthwiseConv2d") {
    read_convolution(line, operation);
  } else if (type == "add") {
    read_add(line, operation);
  } else {
    read_plain(line, operation);
  }
  if (!line) {
    throw std::runtime_error("a line of the network could not be read: " + type);
  }
  return operation;
}

}  // namespace

std::vector<float> read_floats(const std::string& file) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) {
    throw std::runtime_error("could not read " + file);
  }
  const auto bytes = static_cast<size_t>(stream.tellg());
  std::vector<float> values(bytes / sizeof(float) + kSlack);
  stream.seekg(0);
  stream.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(bytes));
  return values;
}

Network read_network(const std::string& graph_file, const std::string& weights_file) {
  std::ifstream stream(graph_file);
  if (!stream) {
    throw std::runtime_error("could not read " + graph_file);
  }
  Network network;
  for (std::string text; std::getline(stream, text);) {
    std::istringstream line(text);
    std::string type;
    line >> type;
    if (type == "value") {
      Shape shape{};
      line >> shape.height >> shape.width >> shape.channels;
      network.values.push_back(shape);
    } else if (type == "output") {
      line >> network.outputs.emplace_back();
    } else {
      network.operations.push_back(read_operation(type, line));
    }
  }
  network.weights = read_floats(weights_file);
  return network;
}

}  // namespace bench

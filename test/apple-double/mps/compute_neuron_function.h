#pragma once

#include <cstddef>
#include <cstdint>

namespace apple_double {

// An activation function; `type` is a value of MPSCNNNeuronType.
struct NeuronFunction {
  int32_t type = 0;
  float a = 0;
  float b = 0;
  float c = 0;
};

bool IsKnown(const NeuronFunction& neuron);
void Apply(const NeuronFunction& neuron, float* values, size_t count);

}  // namespace apple_double

#include "compute_neuron_function.h"

#include <algorithm>
#include <cmath>

namespace apple_double {

namespace {

// MPSCNNNeuronType's values and, in the comments there, formulas.
enum Type : int32_t {
  kNone = 0,
  kReLU = 1,
  kLinear = 2,
  kSigmoid = 3,
  kHardSigmoid = 4,
  kTanH = 5,
  kAbsolute = 6,
  kReLUN = 11,
};

template <typename Function>
void ForEach(float* values, size_t count, Function function) {
  for (size_t i = 0; i < count; ++i) {
    values[i] = function(values[i]);
  }
}

}  // namespace

bool IsKnown(const NeuronFunction& neuron) {
  return (neuron.type >= kNone && neuron.type <= kAbsolute) || neuron.type == kReLUN;
}

void Apply(const NeuronFunction& neuron, float* values, size_t count) {
  const float a = neuron.a;
  const float b = neuron.b;
  switch (neuron.type) {
    case kReLU:
      ForEach(values, count, [a](float x) { return x >= 0 ? x : a * x; });
      break;
    case kLinear:
      ForEach(values, count, [a, b](float x) { return a * x + b; });
      break;
    case kSigmoid:
      ForEach(values, count, [](float x) { return 1 / (1 + std::exp(-x)); });
      break;
    case kHardSigmoid:
      ForEach(values, count, [a, b](float x) { return std::clamp(x * a + b, 0.0F, 1.0F); });
      break;
    case kTanH:
      ForEach(values, count, [a, b](float x) { return a * std::tanh(b * x); });
      break;
    case kAbsolute:
      ForEach(values, count, [](float x) { return std::fabs(x); });
      break;
    case kReLUN:
      ForEach(values, count, [a, b](float x) {
        const float rectified = x >= 0 ? x : a * x;
        return rectified < b ? rectified : b;
      });
      break;
    default:
      break;
  }
}

}  // namespace apple_double

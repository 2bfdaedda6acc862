#include "metal/step_weights.h"

namespace mobilenet::metal {

StepWeights PackAllWeights(const Program& program, MetalPrecision precision) {
  StepWeights weights;
  for (const Step& step : program.steps) {
    const bool has_weights = step.type == OperationType::kConv2d ||
                             step.type == OperationType::kDepthwiseConv2d ||
                             step.type == OperationType::kBiasAdd;
    weights.push_back(has_weights
                          ? std::make_shared<PackedWeights>(PackWeights(
                                step, program.values[step.output].shape.channels, precision))
                          : nullptr);
  }
  return weights;
}

size_t BytesOf(const StepWeights& weights) {
  size_t bytes = 0;
  for (const auto& packed : weights) {
    bytes += packed ? packed->bytes() : 0;
  }
  return bytes;
}

}  // namespace mobilenet::metal

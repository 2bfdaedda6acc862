#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "core/program.h"
#include "metal/metal_runner.h"
#include "metal/packed_weights.h"

namespace mobilenet::metal {

// Weights of each step that has some, by the step's number; null for the others.
using StepWeights = std::vector<std::shared_ptr<PackedWeights>>;

// Those of a whole Program, for which its tensors must still be there.
StepWeights PackAllWeights(const Program& program, MetalPrecision precision);

// What they take together.
size_t BytesOf(const StepWeights& weights);

}  // namespace mobilenet::metal

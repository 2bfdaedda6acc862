#pragma once

#import <MetalPerformanceShaders/MetalPerformanceShaders.h>

#include <vector>

#include "metal/graph.h"

namespace mobilenet::metal {

// The node that does a step of the Program, reading the image nodes of its inputs.
MPSNNFilterNode* NodeFor(const Program& program, const Step& step, NSArray<MPSNNImageNode*>* inputs,
                         std::shared_ptr<PackedWeights> weights);

}  // namespace mobilenet::metal

#pragma once

#import <MetalPerformanceShaders/MetalPerformanceShaders.h>

#include "core/program.h"

namespace mobilenet::metal {

// Where the windows of a step lie on its source, worked out by the Program from the real sizes: one
// of MPS's own policies where that gives the same numbers, since MPS joins nodes only then, else
// one of ours that says them.
id<MPSNNPadding> PaddingFor(const Step& step, const Shape& source, const Shape& result);

}  // namespace mobilenet::metal

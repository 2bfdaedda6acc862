#pragma once

#import <MetalPerformanceShaders/MPSCNNConvolution.h>

#include <string>
#include <vector>

#include "compute_convolution.h"

namespace apple_double {

// What a convolution takes from its data source, once, when it is made.
struct ConvolutionWeights {
  ConvolutionShape shape;
  std::vector<float> weights;  // as the kernel has them: in float16 unless that was declined
  std::vector<float> biases;   // or none
  bool kernel_has_float32_weights = false;
  NSString* label = nil;
};

// Loads, reads and purges. False when the source refuses to load; raises for what MPS cannot do.
bool ReadWeights(id<MPSCNNConvolutionDataSource> source, ConvolutionWeights& weights);

}  // namespace apple_double

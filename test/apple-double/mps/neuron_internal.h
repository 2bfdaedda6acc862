#pragma once

#import <MetalPerformanceShaders/MPSCNNNeuron.h>

#include "compute_neuron_function.h"
#include "kernel_internal.h"

namespace apple_double {

// Raises for functions the double does not know.
NeuronFunction FunctionOf(MPSNNNeuronDescriptor* descriptor);

}  // namespace apple_double

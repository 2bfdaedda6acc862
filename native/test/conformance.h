#pragma once

#include <cstdint>

#include "graph_tester.h"

namespace mobilenet::test {

// Every operation, alone, over randomised shapes, windows, paddings, activations and weight types,
// compared with the reference executor. About `rounds` cases per operation.
void CheckOperations(const Candidates& candidates, double tolerance, int rounds = 40);

// Whole random networks (see RandomGraph), fused and not.
void CheckNetworks(const Candidates& candidates, double tolerance, int rounds = 40);

// The shapes MobileNets really have: stems, inverted residual blocks with and without addition,
// separable blocks, SSDLite's extra layers and predictors, DeepLab's pooling branch.
void CheckMobileNetBlocks(const Candidates& candidates, double tolerance);

// A random valid network of up to `operations` operations with branches, additions, concatenations
// and taps.
GraphTester RandomGraph(uint32_t seed, int operations);

// A random window that fits an input of this size: strides 1 to 3, dilations 1 to 3, all paddings.
Window RandomWindow(Random& random, Extent input, int32_t max_kernel, bool dilated);

}  // namespace mobilenet::test

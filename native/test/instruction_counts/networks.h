#pragma once

#include "graph_tester.h"

namespace mobilenet::test {

// MobileNets for pictures of 224x224 at depth multiplier 1, with random weights, to the logits of
// 1001 classes: as lib/networks builds them.
GraphTester MobileNetV1();
GraphTester MobileNetV2();

}  // namespace mobilenet::test

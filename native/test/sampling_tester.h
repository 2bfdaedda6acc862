#pragma once

#include <cstdint>
#include <vector>

#include "core/sampling.h"
#include "graph_tester.h"

namespace mobilenet::test {

// RGB8.
std::vector<uint8_t> RandomPixels(Random& random, Extent size);

// Some part of a picture, of one pixel at least.
Rectangle RandomRegion(Random& random, Extent picture);

// Any mode and kind of resize, to an input of at most so many pixels a side.
Preprocessing RandomPreprocessing(Random& random, int32_t most_side);

}  // namespace mobilenet::test

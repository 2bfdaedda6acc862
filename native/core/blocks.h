#pragma once

#include <cstddef>
#include <vector>

#include "core/program.h"

namespace mobilenet {

// Consecutive steps an executor may run as one operation: a depthwise convolution and the 1x1
// convolution that alone reads it, with the convolution that makes its input and the addition of a
// residual where there are such. Nothing else reads what one of them hands to the next.
struct Block {
  size_t first = 0;  // index into Program::steps
  size_t count = 0;
  bool fill = false;      // a convolution comes before the depthwise one
  bool residual = false;  // an addition comes last
};

// The blocks of a program, in order. None shares a step with another.
std::vector<Block> FindBlocks(const Program& program);

// Whether this is a convolution of single pixels: output pixel n reads input pixel n alone.
bool IsPointwise(const Program& program, const Step& step);

}  // namespace mobilenet

#pragma once

#include <span>

#include "core/parallel_loop.h"
#include "core/placement.h"

namespace mobilenet {

// Fills `input` ([size.height, size.width, 3]): the region of the picture, turned clockwise by
// `rotation` degrees (0, 90, 180, 270), resized with TensorFlow's bilinear arithmetic
// (tensorflow/core/kernels/image/resize_bilinear_op.cc), then scaled. Throws kInvalidOption when
// sizes do not fit one another.
void Preprocess(const Picture& picture, const Rectangle& region, int rotation,
                const Preprocessing& preprocessing, std::span<float> input,
                const ParallelLoop& parallel = InTurn);

}  // namespace mobilenet

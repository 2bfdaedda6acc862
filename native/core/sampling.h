#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/parallel_loop.h"
#include "core/placement.h"

namespace mobilenet {

// Pixels that need scaling and nothing else to be a network's input: the one at (row, column) is
// the three bytes at first + row * row_stride + column * 3, and each stands for byte * scale +
// offset of its channel, rounded twice.
struct ScaledPixels {
  const uint8_t* first = nullptr;
  ptrdiff_t row_stride = 0;
  std::array<float, 3> scale{};
  std::array<float, 3> offset{};
};

// The pixels of a region that has the very size of the network's input (after the crop) and is not
// turned; nothing for any other. Throws as Preprocess does.
std::optional<ScaledPixels> PixelsAsTheyAre(const Picture& picture, const Rectangle& region,
                                            int rotation, const Preprocessing& preprocessing);

// Fills `input` ([size.height, size.width, 3]): the region of the picture, turned clockwise by
// `rotation` degrees (0, 90, 180, 270), resized with TensorFlow's bilinear arithmetic
// (tensorflow/core/kernels/image/resize_bilinear_op.cc), then scaled. Throws kInvalidOption when
// sizes do not fit one another.
void Preprocess(const Picture& picture, const Rectangle& region, int rotation,
                const Preprocessing& preprocessing, std::span<float> input,
                const ParallelLoop& parallel = InTurn);

}  // namespace mobilenet

#pragma once

#include <cstddef>
#include <vector>

#include "core/program.h"
#include "cpu/aligned_buffer.h"
#include "cpu/kernel_table.h"

namespace mobilenet {

// Rounded up.
constexpr size_t DivideUp(size_t count, size_t by) { return count / by + (count % by != 0); }

// Number of panels of output channels.
size_t PanelCount(size_t output_channels, const KernelTable& kernels);

// Weights [kernel height, kernel width, input, output] as [panel][line][channel]: one line of
// biases, then one per input of the window, panel_vectors * lanes channels each. The last panel has
// as few vectors as hold its channels; what is left of them is 0.
AlignedBuffer<float> PackConvolution(const Step& step, size_t inputs, size_t output_channels,
                                     const KernelTable& kernels);

// Weights of a 1x1 convolution as [panel][input][channel], dense_vectors * lanes channels a panel,
// in float16 if that is what they are stored as and the kernels read it: the same numbers in half
// the bytes. The last panel is filled up with 0.
struct DenseWeights {
  AlignedBuffer<float> biases;
  AlignedBuffer<float> floats;
  AlignedBuffer<uint16_t> halves;
};
DenseWeights PackDense(const Step& step, size_t inputs, size_t output_channels,
                       const KernelTable& kernels);

// Weights [kernel height, kernel width, channels, 1] as [block of lanes][bias, then taps][lane].
AlignedBuffer<float> PackDepthwise(const Step& step, size_t taps, size_t channels,
                                   const KernelTable& kernels);

}  // namespace mobilenet

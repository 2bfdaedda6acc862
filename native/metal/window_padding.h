#pragma once

#include "core/program.h"

namespace mobilenet::metal {

// Where MPS puts the first window of a convolution or pooling: the pixel of the source under the
// window's centre, which is tap number size / 2 of the (dilated) window (MPSCNNConvolution.h).
struct WindowOffset {
  int32_t y = 0;
  int32_t x = 0;
  friend bool operator==(const WindowOffset&, const WindowOffset&) = default;
};

// The Program's own padding, so told. TensorFlow's SAME pads 3x3 windows of stride 2 by one row at
// the top where the source is odd and by none where it is even, so the offset is 0 or 1.
WindowOffset OffsetOf(const Step& step);

// How MPS works out size and offset itself, with the methods SizeSame or SizeValidOnly,
// AlignCentered and AddRemainderToBottomRight (the arithmetic is in MPSNeuralNetworkTypes.h, at
// MPSNNPadding).
enum class PaddingMethod { kSame, kValid, kCustom };

// The method of MPS that gives the Program's numbers; kCustom where none does.
PaddingMethod MethodFor(const Step& step, Extent source, Extent result);

}  // namespace mobilenet::metal

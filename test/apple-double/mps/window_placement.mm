#include "kernel_internal.h"

namespace apple_double {

namespace {

// MPSNeuralNetworkTypes.h, the code at destinationImageDescriptorForSourceImages:...: -1 for valid
// only, 0 for same, 1 for full.
NSInteger StyleOf(MPSNNPaddingMethod method) {
  switch (method & MPSNNPaddingMethodSizeMask) {
    case MPSNNPaddingMethodSizeSame:
      return 0;
    case MPSNNPaddingMethodSizeFull:
      return 1;
    default:
      return -1;
  }
}

// Whether what cannot be halved goes to the left, or the top.
bool RemainderComesFirst(MPSNNPaddingMethod method, Axis axis) {
  const MPSNNPaddingMethod last = axis == Axis::kX ? MPSNNPaddingMethodAddRemainderToTopRight
                                                   : MPSNNPaddingMethodAddRemainderToBottomLeft;
  return (method & last) == 0;
}

}  // namespace

WindowPlacement PlaceWindow(MPSNNPaddingMethod method, Axis axis, NSUInteger source_size,
                            NSUInteger window, NSUInteger stride) {
  const auto source = static_cast<NSInteger>(source_size);
  const auto step = static_cast<NSInteger>(stride);
  const auto width = static_cast<NSInteger>(window);
  const NSInteger size = (source + StyleOf(method) * (width - 1) + step - 1) / step;
  // Offsets count from the window's centre, not from its left edge.
  const NSInteger centre = width / 2;
  const NSInteger missing = (size - 1) * step + width - source;
  NSInteger before = 0;
  switch (method & MPSNNPaddingMethodAlignMask) {
    case MPSNNPaddingMethodAlignTopLeft:
      before = missing;
      break;
    case MPSNNPaddingMethodAlignBottomRight:
      break;
    default:
      before = (missing + (RemainderComesFirst(method, axis) ? 1 : 0)) / 2;
  }
  return {static_cast<NSUInteger>(size > 0 ? size : 0), centre - before};
}

}  // namespace apple_double

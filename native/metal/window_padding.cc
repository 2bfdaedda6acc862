#include "metal/window_padding.h"

#include "core/padding.h"

namespace mobilenet::metal {
namespace {

struct Axis {
  int64_t source = 0;
  int64_t result = 0;
  int64_t window = 0;  // dilated
  int64_t stride = 0;
  int64_t offset = 0;
};

// `style` is 0 for the size SizeSame gives, -1 for that of SizeValidOnly.
bool Gives(const Axis& axis, int64_t style) {
  const int64_t reach = axis.source + style * (axis.window - 1);
  const int64_t size = (reach + axis.stride - 1) / axis.stride;
  const int64_t missing = (size - 1) * axis.stride + axis.window - axis.source;
  // Division towards zero, as in C.
  return size == axis.result && axis.window / 2 - missing / 2 == axis.offset;
}

}  // namespace

WindowOffset OffsetOf(const Step& step) {
  const auto centre = [](int32_t kernel, int32_t dilation) {
    return static_cast<int32_t>(DilatedSize(kernel, dilation) / 2);
  };
  return {centre(step.kernel.height, step.dilation.height) - step.padding.top,
          centre(step.kernel.width, step.dilation.width) - step.padding.left};
}

PaddingMethod MethodFor(const Step& step, Extent source, Extent result) {
  const WindowOffset offset = OffsetOf(step);
  const Axis rows{source.height, result.height,
                  DilatedSize(step.kernel.height, step.dilation.height), step.stride.height,
                  offset.y};
  const Axis columns{source.width, result.width,
                     DilatedSize(step.kernel.width, step.dilation.width), step.stride.width,
                     offset.x};
  if (Gives(rows, 0) && Gives(columns, 0)) {
    return PaddingMethod::kSame;
  }
  if (Gives(rows, -1) && Gives(columns, -1)) {
    return PaddingMethod::kValid;
  }
  return PaddingMethod::kCustom;
}

}  // namespace mobilenet::metal

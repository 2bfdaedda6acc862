#include "core/label_plan.h"

#include <string>
#include <utility>

#include "core/error.h"
#include "core/logit_taps.h"

namespace mobilenet {
namespace {

std::string ToText(Extent size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

}  // namespace

LabelPlan PlanPictureLabels(const Placement& placement, const Preprocessing& preprocessing,
                            Extent logits, bool align_corners) {
  PictureTaps taps = TapsOfPicture(placement, preprocessing, logits, align_corners);
  return {placement.picture,      taps.seen,       {taps.seen.height, taps.seen.width},
          placement.content,      taps.transposed, std::move(taps.rows),
          std::move(taps.columns)};
}

LabelPlan PlanInputLabels(const Placement& placement, const Preprocessing& preprocessing,
                          Extent logits, bool align_corners) {
  const Extent size = preprocessing.size;
  const Extent content = placement.content;
  if (content.height < 1 || content.width < 1 || content.height > size.height ||
      content.width > size.width) {
    throw Error(ErrorCode::kInternal, "the content of " + ToText(content) +
                                          " pixels is not inside the input of " + ToText(size));
  }
  return {size,
          {0, 0, size.width, size.height},
          content,
          content,
          false,
          BilinearTaps(logits.height, size.height, align_corners, false),
          BilinearTaps(logits.width, size.width, align_corners, false)};
}

}  // namespace mobilenet

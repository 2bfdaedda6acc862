#pragma once

#include <vector>

#include "core/bilinear.h"
#include "core/placement.h"
#include "core/shape.h"

namespace mobilenet {

// Which logits each pixel of a class map lies between, and which pixels those are.
struct LabelPlan {
  Extent map;                     // size of the map
  Rectangle seen;                 // the part of it that is labelled
  Extent counted;                 // the top left part of `seen` whose pixels are counted
  Extent content;                 // the top left part of the network's input that shows the picture
  bool transposed = false;        // rows of pixels run along the columns of the logits
  std::vector<BilinearTap> rows;  // one per row of `seen`
  std::vector<BilinearTap> columns;  // one per column of `seen`
};

// For a map of the placement's picture, from `logits` rows and columns of logits over the whole
// input. All that is seen counts.
LabelPlan PlanPictureLabels(const Placement& placement, const Preprocessing& preprocessing,
                            Extent logits, bool align_corners);

// For a map of the network's input, all of which is labelled. Only the placement's content counts.
// Throws kInternal when that is not inside the input.
LabelPlan PlanInputLabels(const Placement& placement, const Preprocessing& preprocessing,
                          Extent logits, bool align_corners);

}  // namespace mobilenet

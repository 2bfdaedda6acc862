#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/label_plan.h"
#include "core/network_outputs.h"
#include "core/placement.h"

namespace mobilenet {

// Class index of the pixels nobody looked at; PASCAL VOC's own. A network may have as many classes,
// 0 to 254.
inline constexpr uint8_t kVoidClass = 255;

struct SegmentationOptions {
  Shape shape;                // of the logits: rows, columns, classes (1 to 255)
  bool align_corners = true;  // of the logits' resize to the size of the input
};

// Where the results go: one byte per pixel, row by row.
struct SegmentationMaps {
  std::span<uint8_t> class_map;
  std::span<uint8_t> confidence;  // 255 times the winner's softmax, rounded; empty: not wanted
};

// Throws kInvalidOption unless the maps hold as many bytes as there are pixels.
void CheckMaps(const SegmentationMaps& maps, Extent size);

// Marks what the plan does not label: kVoidClass, confidence 0. The maps are of the plan's size.
void FillUnseen(const SegmentationMaps& maps, const LabelPlan& plan);

// Labels the plan's pixels with the largest of their logits, interpolated as the plan says, and
// marks the others. Returns how many of those that count each class has. `outputs` lends its
// threads.
std::vector<uint64_t> LabelMaps(std::span<const float> logits, const Shape& shape,
                                const LabelPlan& plan, const SegmentationMaps& maps,
                                NetworkOutputs& outputs);

// Resizes the logits to the picture, as bilinear as TensorFlow does it, and takes the largest of
// each pixel (the first of equals) at once, without the resized logits ever being in memory. The
// maps are of the picture's size; pixels outside the placement's seen part get kVoidClass and
// confidence 0. Returns how many pixels each class has. `outputs` lends its threads.
std::vector<uint64_t> SegmentPicture(std::span<const float> logits,
                                     const SegmentationOptions& options, const Placement& placement,
                                     const Preprocessing& preprocessing,
                                     const SegmentationMaps& maps, NetworkOutputs& outputs);

// The same at the size of the network's input, padding included. Counts only pixels of the
// placement's content.
std::vector<uint64_t> SegmentInput(std::span<const float> logits,
                                   const SegmentationOptions& options, const Placement& placement,
                                   const Preprocessing& preprocessing, const SegmentationMaps& maps,
                                   NetworkOutputs& outputs);

}  // namespace mobilenet

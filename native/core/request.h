#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/classification.h"
#include "core/detection.h"
#include "core/embedding.h"
#include "core/network_outputs.h"
#include "core/placement.h"
#include "core/segmentation.h"

namespace mobilenet {

// What a model file says of its network beside the graph.
struct ModelRecord {
  Preprocessing preprocessing;
  std::optional<DetectionHead> detection;
};

// One picture to look at. The pixels are the caller's and must stay as they are until the frame's
// completion.
struct Frame {
  Picture picture;
  Rectangle region;
  int rotation = 0;
};

struct ClassificationRequest {
  size_t output = 0;  // index into Program::outputs
  ScoreActivation activation = ScoreActivation::kSoftmax;
  size_t top_k = 5;
  float score_threshold = 0;
  std::vector<uint8_t> allowed;  // one per class, or empty
};

struct DetectionRequest {
  DetectionOptions options;      // but for `allowed`
  std::vector<uint8_t> allowed;  // one per class slot, or empty
};

// A picture that the frame is a copy of, perhaps a smaller one, and the part of it that the frame's
// region shows.
struct Original {
  Extent size;
  Rectangle region;
};

struct SegmentationRequest {
  size_t output = 0;  // index into Program::outputs
  bool align_corners = true;
  std::optional<Original> picture;  // what the maps are for; absent: the network's input
  SegmentationMaps maps;            // the caller's, as the frame's pixels are
};

struct EmbeddingRequest {
  size_t output = 0;  // index into Program::outputs
  EmbeddingOptions options;
};

struct OutputsRequest {
  std::vector<size_t> outputs;  // indices into Program::outputs
};

using Request = std::variant<ClassificationRequest, DetectionRequest, SegmentationRequest,
                             EmbeddingRequest, OutputsRequest>;

struct NamedTensor {
  std::string name;
  Shape shape;
  std::vector<float> values;
};

struct Segmentation {
  std::vector<uint64_t> pixel_counts;  // per class
  Extent content;                      // the top left part of the input that shows the picture
};

// What became of a request: one alternative for each of Request's, in their order.
using Answer = std::variant<std::vector<Category>, std::vector<Detection>, Segmentation,
                            NamedTensor, std::vector<NamedTensor>>;

// Throws kModelCorrupt when the record does not fit the network.
void CheckRecord(const ModelRecord& record, const Program& program);

// Throws kInvalidOption when the frame or the request does not fit the network.
void CheckRequest(const Request& request, const Frame& frame, const ModelRecord& record,
                  const Program& program);

// How the pixels of a checked request's maps lie over the logits.
LabelPlan PlanLabels(const SegmentationRequest& request, const Frame& frame,
                     const ModelRecord& record, const Program& program);

// Answers a checked request from what the network made of the frame.
Answer AnswerRequest(const Request& request, const Frame& frame, const ModelRecord& record,
                     NetworkOutputs& outputs);

}  // namespace mobilenet

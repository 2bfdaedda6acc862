#include "core/request.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "core/error.h"

namespace mobilenet {
namespace {

// For std::visit: one function for each alternative.
template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

const Shape& OutputShape(const Program& program, size_t output) {
  if (output >= program.outputs.size()) {
    throw Error(ErrorCode::kInvalidOption, "no output number " + std::to_string(output));
  }
  return program.values[program.outputs[output].value].shape;
}

const DetectionHead& DetectionHeadOf(const ModelRecord& record) {
  if (!record.detection) {
    throw Error(ErrorCode::kInvalidOption, "the network has no detection head");
  }
  return *record.detection;
}

void CheckAllowed(size_t flags, size_t classes) {
  if (flags != 0 && flags != classes) {
    throw Error(ErrorCode::kInvalidOption, "expected " + std::to_string(classes) +
                                               " flags for allowed but received " +
                                               std::to_string(flags));
  }
}

// Where the maps' picture lies: the frame's own place where they are for the input, else that of
// the picture the frame is a copy of, as the network saw it.
Placement PlaceMaps(const SegmentationRequest& request, const Frame& frame,
                    const Preprocessing& preprocessing) {
  const Placement framed = Place({frame.picture.height, frame.picture.width}, frame.region,
                                 frame.rotation, preprocessing);
  if (!request.picture) {
    return framed;
  }
  Placement placement =
      Place(request.picture->size, request.picture->region, frame.rotation, preprocessing);
  placement.content = framed.content;  // a smaller copy's sides may round to another content
  return placement;
}

void CheckSegmentation(const SegmentationRequest& request, const Frame& frame,
                       const ModelRecord& record, const Program& program) {
  const Shape& shape = OutputShape(program, request.output);
  if (shape.channels > kVoidClass) {
    throw Error(ErrorCode::kInvalidOption, "expected an output of at most " +
                                               std::to_string(int{kVoidClass}) +
                                               " classes but received " + ToString(shape));
  }
  PlaceMaps(request, frame, record.preprocessing);  // throws where the picture does not fit
  CheckMaps(request.maps, request.picture ? request.picture->size : record.preprocessing.size);
}

std::vector<std::span<const float>> Outputs(const NetworkOutputs& outputs,
                                            const std::vector<size_t>& indices) {
  std::vector<std::span<const float>> spans;
  spans.reserve(indices.size());
  for (const size_t index : indices) {
    spans.push_back(outputs.output(index));
  }
  return spans;
}

std::vector<Detection> AnswerDetection(const DetectionRequest& request, const Frame& frame,
                                       const ModelRecord& record, const NetworkOutputs& outputs) {
  const DetectionHead& head = DetectionHeadOf(record);
  const Placement placement = Place({frame.picture.height, frame.picture.width}, frame.region,
                                    frame.rotation, record.preprocessing);
  DetectionOptions options = request.options;
  options.allowed = request.allowed;
  const Extent input = record.preprocessing.size;
  options.window = {0, 0,
                    static_cast<float>(placement.content.height) / static_cast<float>(input.height),
                    static_cast<float>(placement.content.width) / static_cast<float>(input.width)};
  std::vector<Detection> detections = Detect(head, Outputs(outputs, head.box_encodings),
                                             Outputs(outputs, head.class_scores), options);
  const auto height = static_cast<float>(frame.picture.height);
  const auto width = static_cast<float>(frame.picture.width);
  for (Detection& detection : detections) {
    Box& box = detection.box;
    box = ToPicture(placement, input, box);
    box = {std::clamp(box.top, 0.0f, height), std::clamp(box.left, 0.0f, width),
           std::clamp(box.bottom, 0.0f, height), std::clamp(box.right, 0.0f, width)};
  }
  // Those that rounding, or TensorFlow Lite's way of suppressing, left with nothing in the picture.
  std::erase_if(detections, [](const Detection& detection) {
    return !(detection.box.bottom > detection.box.top && detection.box.right > detection.box.left);
  });
  return detections;
}

Segmentation AnswerSegmentation(const SegmentationRequest& request, const Frame& frame,
                                const ModelRecord& record, NetworkOutputs& outputs) {
  const LabelPlan plan = PlanLabels(request, frame, record, outputs.program());
  return {LabelMaps(outputs.output(request.output), OutputShape(outputs.program(), request.output),
                    plan, request.maps, outputs),
          plan.content};
}

NamedTensor CopyOutput(const NetworkOutputs& outputs, size_t output) {
  const std::span<const float> values = outputs.output(output);
  return {outputs.program().outputs[output].name,
          OutputShape(outputs.program(), output),
          {values.begin(), values.end()}};
}

}  // namespace

void CheckRecord(const ModelRecord& record, const Program& program) {
  const auto& [preprocessing, detection] = record;
  const Shape& input = program.values.front().shape;
  if (input.channels != 3 || input.height != preprocessing.size.height ||
      input.width != preprocessing.size.width) {
    throw Error(ErrorCode::kModelCorrupt, "preprocessing makes an input of " +
                                              std::to_string(preprocessing.size.height) + " x " +
                                              std::to_string(preprocessing.size.width) +
                                              " x 3 but the network expects " + ToString(input));
  }
  if (!detection) {
    return;
  }
  const auto elements = [&](const std::vector<size_t>& outputs) {
    size_t sum = 0;  // below 2^64: each is at most kMaxElements
    for (const size_t output : outputs) {
      sum += ElementCount(OutputShape(program, output));
    }
    return sum;
  };
  const size_t anchors = detection->anchors.size();
  if (detection->box_encodings.size() != detection->class_scores.size() ||
      detection->class_slots < 2 || elements(detection->box_encodings) != anchors * 4 ||
      elements(detection->class_scores) / detection->class_slots != anchors ||
      elements(detection->class_scores) % detection->class_slots != 0) {
    throw Error(ErrorCode::kModelCorrupt, "the detection head's " + std::to_string(anchors) +
                                              " anchors do not fit the network's outputs");
  }
}

void CheckRequest(const Request& request, const Frame& frame, const ModelRecord& record,
                  const Program& program) {
  CheckPicture(frame.picture, frame.region, frame.rotation);
  const Overloaded check{
      [&](const ClassificationRequest& classification) {
        CheckAllowed(classification.allowed.size(),
                     ElementCount(OutputShape(program, classification.output)));
      },
      [&](const DetectionRequest& detection) {
        CheckAllowed(detection.allowed.size(), DetectionHeadOf(record).class_slots);
      },
      [&](const SegmentationRequest& segmentation) {
        CheckSegmentation(segmentation, frame, record, program);
      },
      [&](const EmbeddingRequest& embedding) { OutputShape(program, embedding.output); },
      [&](const OutputsRequest& outputs) {
        for (const size_t output : outputs.outputs) {
          OutputShape(program, output);
        }
      }};
  std::visit(check, request);
}

LabelPlan PlanLabels(const SegmentationRequest& request, const Frame& frame,
                     const ModelRecord& record, const Program& program) {
  const Preprocessing& preprocessing = record.preprocessing;
  const Shape& shape = OutputShape(program, request.output);
  const auto plan = request.picture ? PlanPictureLabels : PlanInputLabels;
  return plan(PlaceMaps(request, frame, preprocessing), preprocessing, {shape.height, shape.width},
              request.align_corners);
}

Answer AnswerRequest(const Request& request, const Frame& frame, const ModelRecord& record,
                     NetworkOutputs& outputs) {
  const Overloaded answer{
      [&](const ClassificationRequest& classification) -> Answer {
        return Classify(outputs.output(classification.output),
                        {classification.activation, classification.top_k,
                         classification.score_threshold, classification.allowed});
      },
      [&](const DetectionRequest& detection) -> Answer {
        return AnswerDetection(detection, frame, record, outputs);
      },
      [&](const SegmentationRequest& segmentation) -> Answer {
        return AnswerSegmentation(segmentation, frame, record, outputs);
      },
      [&](const EmbeddingRequest& embedding) -> Answer {
        const auto& [name, value] = outputs.program().outputs[embedding.output];
        const Shape& shape = outputs.program().values[value].shape;
        return NamedTensor{name, EmbeddingShape(shape, embedding.options.pooling),
                           Embed(outputs.output(embedding.output), shape, embedding.options)};
      },
      [&](const OutputsRequest& wanted) -> Answer {
        std::vector<NamedTensor> tensors;
        tensors.reserve(wanted.outputs.size());
        for (const size_t output : wanted.outputs) {
          tensors.push_back(CopyOutput(outputs, output));
        }
        return tensors;
      }};
  return std::visit(answer, request);
}

}  // namespace mobilenet

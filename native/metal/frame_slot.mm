#include "metal/frame_slot.h"

#include <utility>

#include "metal/shared_buffer.h"

namespace mobilenet::metal {

FrameSlot::FrameSlot(const Network& network, const Program& program, const ModelRecord& record)
    : program_(program),
      upload_(network.device(), record.preprocessing),
      outputs_(network.MakeOutputs()) {}

void FrameSlot::Begin(id<MTLCommandBuffer> commands, const Network& network, const Frame& frame,
                      FrameValues& values) {
  labeller_.Forget();
  upload_.Take(frame);
  values.packed = outputs_;
  values.images[0] = network.MakeInput(commands);
  upload_.Encode(commands, network.kernels(), values.images[0]);
}

void FrameSlot::EncodeLabels(id<MTLCommandBuffer> commands, const Network& network,
                             const ModelRecord& record, const Frame& frame,
                             const Request& request) {
  const auto* segmentation = std::get_if<SegmentationRequest>(&request);
  if (segmentation == nullptr) {
    return;
  }
  LabelPlan plan = PlanLabels(*segmentation, frame, record, program_);
  if (MapLabeller::Fit(network.device(), plan)) {
    const size_t value = program_.outputs[segmentation->output].value;
    labeller_.Encode(commands, network.kernels(), outputs_[value], program_.values[value].shape,
                     std::move(plan), !segmentation->maps.confidence.empty());
  }
}

Answer FrameSlot::Finish(const ModelRecord& record, const Frame& frame, const Request& request) {
  const auto* segmentation = std::get_if<SegmentationRequest>(&request);
  if (segmentation != nullptr && labeller_.encoded()) {
    return labeller_.Finish(segmentation->maps);
  }
  return AnswerRequest(request, frame, record, *this);
}

std::span<const float> FrameSlot::output(size_t index) const {
  return ContentsOf<const float>(outputs_[program_.outputs.at(index).value]);
}

}  // namespace mobilenet::metal

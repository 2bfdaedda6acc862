#pragma once

#import <Metal/Metal.h>

#include <span>
#include <vector>

#include "core/network_outputs.h"
#include "core/request.h"
#include "metal/map_labeller.h"
#include "metal/network.h"
#include "metal/picture_upload.h"

namespace mobilenet::metal {

// All that one frame in flight has to itself: texture for its picture, buffers for its outputs and
// class maps. Used again and again, by one frame at a time.
class FrameSlot final : public NetworkOutputs {
 public:
  FrameSlot(const Network& network, const Program& program, const ModelRecord& record);

  // Takes a frame's picture and adds its sampling; the values go to Network::Encode.
  void Begin(id<MTLCommandBuffer> commands, const Network& network, const Frame& frame,
             FrameValues& values);
  // After the network: class maps, where they are wanted and fit.
  void EncodeLabels(id<MTLCommandBuffer> commands, const Network& network,
                    const ModelRecord& record, const Frame& frame, const Request& request);
  // After the command buffer has completed.
  Answer Finish(const ModelRecord& record, const Frame& frame, const Request& request);
  // The frame is not wanted, or has been answered.
  void Forget() { labeller_.Forget(); }

  const Program& program() const override { return program_; }
  std::span<const float> output(size_t index) const override;

 private:
  const Program& program_;
  PictureUpload upload_;
  ValueBuffers outputs_;  // by value; nil where it is no output
  MapLabeller labeller_;
};

}  // namespace mobilenet::metal

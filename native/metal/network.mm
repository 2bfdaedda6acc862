#include "metal/network.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "core/bilinear.h"
#include "core/error.h"
#include "metal/image_limits.h"
#include "metal/kernel_call.h"
#include "metal/kernels/parameters.h"
#include "metal/shared_buffer.h"

namespace mobilenet::metal {
namespace {

using mobilenet_kernels::PackingParameters;
using mobilenet_kernels::ResizeParameters;
using mobilenet_kernels::VectorParameters;

uint32_t Unsigned(int32_t size) { return static_cast<uint32_t>(size); }

size_t SlicesOf(const Shape& shape) {
  return static_cast<size_t>((shape.channels + kSliceChannels - 1) / kSliceChannels);
}

bool IsOutput(const Program& program, size_t value) {
  return std::any_of(program.outputs.begin(), program.outputs.end(),
                     [value](const ProgramOutput& output) { return output.value == value; });
}

// Nil for other images.
MPSTemporaryImage* AsTemporary(MPSImage* image) {
  return [image isKindOfClass:[MPSTemporaryImage class]] ? static_cast<MPSTemporaryImage*>(image)
                                                         : nil;
}

// A kernel of ours has read the image: MPS counts only its own reads of temporary images.
void CountRead(MPSImage* image) { AsTemporary(image).readCount -= 1; }

}  // namespace

FrameValues::~FrameValues() {
  for (MPSImage* image : images) {
    MPSTemporaryImage* temporary = AsTemporary(image);
    if (temporary.readCount > 0) {
      temporary.readCount = 0;
    }
  }
}

Program WithoutWeights(const Program& program) {
  Program bare = program;
  for (Step& step : bare.steps) {
    step.weights = {};
    step.bias = {};
  }
  return bare;
}

Network::Network(const Program& program, Plan plan, const StepWeights& weights,
                 id<MTLDevice> device, MetalPrecision precision, size_t most_frames)
    : program_(WithoutWeights(program)),
      plan_(std::move(plan)),
      precision_(precision),
      device_(device),
      kernels_(KernelLibrary::For(device)),
      image_reads_(plan_.image_reads),
      taps_(program.steps.size()) {
  for (const Action& action : plan_.actions) {
    const auto* graph = std::get_if<GraphAction>(&action);
    graphs_.push_back(graph != nullptr
                          ? std::make_unique<Graph>(program_, *graph, weights, device, precision)
                          : nullptr);
    if (const auto* resize = std::get_if<ResizeAction>(&action)) {
      const Step& step = program_.steps[resize->step];
      const Shape& source = ShapeOf(step.inputs.front());
      const Shape& result = ShapeOf(step.output);
      const auto taps = [&](int32_t from, int32_t to) {
        return MakeTapBuffer(device,
                             BilinearTaps(from, to, step.align_corners, step.half_pixel_centers));
      };
      taps_[resize->step] = {taps(source.height, result.height), taps(source.width, result.width)};
    }
  }
  // The plan counts one read for each graph; MPS may count each of its nodes.
  for (const std::unique_ptr<Graph>& graph : graphs_) {
    for (size_t value = 0; graph && value < image_reads_.size(); ++value) {
      const size_t reads = graph->ReadsOf(value);
      image_reads_[value] += reads > 0 ? reads - 1 : 0;
    }
  }
  scratch_.resize(most_frames, ValueBuffers(program_.values.size(), nil));
  for (ValueBuffers& buffers : scratch_) {
    // Value 0 is the caller's, as the outputs are.
    for (size_t value = 1; value < buffers.size(); ++value) {
      if (plan_.packed[value] && !IsOutput(program_, value)) {
        buffers[value] = MakeBuffer(value, MTLResourceStorageModePrivate);
      }
    }
  }
}

id<MTLBuffer> Network::MakeShared(size_t value) const {
  return MakeBuffer(value, MTLResourceStorageModeShared);
}

ValueBuffers Network::MakeOutputs() const {
  ValueBuffers buffers(program_.values.size(), nil);
  for (const ProgramOutput& output : program_.outputs) {
    if (buffers[output.value] == nil) {
      buffers[output.value] = MakeShared(output.value);
    }
  }
  return buffers;
}

id<MTLBuffer> Network::MakeBuffer(size_t value, MTLResourceOptions options) const {
  id<MTLBuffer> buffer = [device_ newBufferWithLength:ElementCount(ShapeOf(value)) * sizeof(float)
                                              options:options];
  if (buffer == nil) {
    throw Error(ErrorCode::kOutOfMemory,
                "the GPU has no memory for '" + program_.values[value].name + "'");
  }
  return buffer;
}

MPSImage* Network::MakeImage(id<MTLCommandBuffer> commands, size_t value) const {
  const Shape& shape = ShapeOf(value);
  MPSImageDescriptor* descriptor =
      [MPSImageDescriptor imageDescriptorWithChannelFormat:FormatOf(precision_)
                                                     width:static_cast<NSUInteger>(shape.width)
                                                    height:static_cast<NSUInteger>(shape.height)
                                           featureChannels:static_cast<NSUInteger>(shape.channels)];
  descriptor.storageMode = MTLStorageModePrivate;
  MPSTemporaryImage* image = [MPSTemporaryImage temporaryImageWithCommandBuffer:commands
                                                                imageDescriptor:descriptor];
  image.readCount = image_reads_[value];
  return image;
}

void Network::Encode(id<MTLCommandBuffer> commands, std::vector<FrameValues>& frames) const {
  if (frames.size() > scratch_.size()) {
    throw Error(ErrorCode::kInternal, "more frames at once than the network was made for");
  }
  std::vector<ValueImages*> images;
  for (size_t i = 0; i < frames.size(); ++i) {
    images.push_back(&frames[i].images);
    for (size_t value = 0; value < scratch_[i].size(); ++value) {
      if (scratch_[i][value] != nil) {
        frames[i].packed[value] = scratch_[i][value];
      }
    }
  }
  for (size_t i = 0; i < plan_.actions.size(); ++i) {
    if (graphs_[i]) {
      graphs_[i]->Encode(commands, images);
      continue;
    }
    for (FrameValues& frame : frames) {
      EncodeKernel(commands, plan_.actions[i], frame);
    }
  }
}

void Network::EncodeKernel(id<MTLCommandBuffer> commands, const Action& action,
                           FrameValues& frame) const {
  if (const auto* resize = std::get_if<ResizeAction>(&action)) {
    EncodeResize(commands, program_.steps[resize->step], frame);
  } else if (const auto* pack = std::get_if<PackAction>(&action)) {
    EncodePack(commands, *pack, frame);
  } else if (const auto* unpack = std::get_if<UnpackAction>(&action)) {
    EncodeUnpack(commands, unpack->value, frame);
  } else if (const auto* score = std::get_if<ScoreAction>(&action)) {
    EncodeScores(commands, program_.steps[score->step], frame);
  }
}

// Images of up to four channels are plain textures, others arrays of slices.
id<MTLComputePipelineState> Network::Pipeline(Kernel plain, Kernel slices, size_t value) const {
  return kernels_->Pipeline(ShapeOf(value).channels <= kSliceChannels ? plain : slices);
}

void Network::EncodeResize(id<MTLCommandBuffer> commands, const Step& step,
                           FrameValues& frame) const {
  const size_t input = step.inputs.front();
  const Shape& shape = ShapeOf(step.output);
  MPSImage* source = frame.images[input];
  MPSImage* result = MakeImage(commands, step.output);
  frame.images[step.output] = result;
  const ResizeTaps& taps = taps_[static_cast<size_t>(&step - program_.steps.data())];
  const ResizeParameters parameters{Unsigned(shape.width), Unsigned(shape.height),
                                    static_cast<uint32_t>(SlicesOf(shape))};
  KernelCall(commands,
             Pipeline(Kernel::kResizeBilinear, Kernel::kResizeBilinearSlices, step.output))
      .Texture(source.texture)
      .Texture(result.texture)
      .Parameters(parameters)
      .Buffer(taps.rows)
      .Buffer(taps.columns)
      .Run(parameters.width, parameters.height, parameters.slices);
  CountRead(source);
}

void Network::EncodePack(id<MTLCommandBuffer> commands, const PackAction& action,
                         FrameValues& frame) const {
  const Shape& shape = ShapeOf(action.value);
  MPSImage* image = frame.images[action.value];
  const PackingParameters parameters{
      Unsigned(shape.width), Unsigned(shape.height), Unsigned(shape.channels),
      Unsigned(ShapeOf(action.into).channels), Unsigned(action.first)};
  KernelCall(commands, Pipeline(Kernel::kPackChannels, Kernel::kPackChannelSlices, action.value))
      .Texture(image.texture)
      .Buffer(frame.packed[action.into])
      .Parameters(parameters)
      .Run(parameters.width, parameters.height, SlicesOf(shape));
  CountRead(image);
}

void Network::EncodeUnpack(id<MTLCommandBuffer> commands, size_t value, FrameValues& frame) const {
  const Shape& shape = ShapeOf(value);
  MPSImage* image = MakeImage(commands, value);
  frame.images[value] = image;
  const PackingParameters parameters{Unsigned(shape.width), Unsigned(shape.height),
                                     Unsigned(shape.channels), Unsigned(shape.channels), 0};
  KernelCall(commands, Pipeline(Kernel::kUnpackChannels, Kernel::kUnpackChannelSlices, value))
      .Texture(image.texture)
      .Buffer(frame.packed[value])
      .Parameters(parameters)
      .Run(parameters.width, parameters.height, SlicesOf(shape));
}

void Network::EncodeScores(id<MTLCommandBuffer> commands, const Step& step,
                           FrameValues& frame) const {
  const size_t input = step.inputs.front();
  const Shape& shape = ShapeOf(input);
  const VectorParameters parameters{Unsigned(shape.width) * Unsigned(shape.height),
                                    Unsigned(shape.channels)};
  const bool softmax = step.type == OperationType::kSoftmax;
  KernelCall(commands, kernels_->Pipeline(softmax ? Kernel::kSoftmax : Kernel::kSigmoid))
      .Buffer(frame.packed[input])
      .Buffer(frame.packed[step.output])
      .Parameters(parameters)
      .Run(softmax ? parameters.pixels : parameters.pixels * parameters.channels);
}

}  // namespace mobilenet::metal

#include "metal/graph_nodes.h"

#include <string>
#include <utility>

#include "core/error.h"
#include "metal/guarded.h"
#include "metal/padding_policy.h"
#include "metal/weights_source.h"

namespace mobilenet::metal {
namespace {

NSUInteger Unsigned(int32_t size) { return static_cast<NSUInteger>(size); }

MPSNNFilterNode* Convolution(const Program& program, const Step& step, MPSNNImageNode* input,
                             std::shared_ptr<PackedWeights> weights) {
  const Shape& source = program.values[step.inputs.front()].shape;
  const Shape& result = program.values[step.output].shape;
  MobilenetWeightsSource* data =
      [[MobilenetWeightsSource alloc] initWithStep:step
                                     inputChannels:Unsigned(source.channels)
                                    outputChannels:Unsigned(result.channels)
                                           weights:std::move(weights)];
  MPSCNNConvolutionNode* node = [MPSCNNConvolutionNode nodeWithSource:input weights:data];
  // Said outright: the headers disagree on the default.
  node.accumulatorPrecision = MPSNNConvolutionAccumulatorPrecisionOptionFloat;
  node.paddingPolicy = PaddingFor(step, source, result);
  return node;
}

MPSNNFilterNode* Addition(const Step& step, NSArray<MPSNNImageNode*>* inputs) {
  MPSNNAdditionNode* node = [MPSNNAdditionNode nodeWithSources:inputs];
  if (step.activation != Activation::kNone) {
    node.minimumValue = 0.0f;
  }
  if (step.activation == Activation::kRelu6) {
    node.maximumValue = 6.0f;
  }
  return node;
}

MPSNNFilterNode* Pooling(const Program& program, const Step& step, MPSNNImageNode* input) {
  const Shape& source = program.values[step.inputs.front()].shape;
  Step window = step;
  if (step.type == OperationType::kGlobalAveragePool) {
    window.kernel = {source.height, source.width};
    window.stride = {1, 1};
    window.padding = {};
  }
  MPSCNNPoolingAverageNode* node =
      [[MPSCNNPoolingAverageNode alloc] initWithSource:input
                                           kernelWidth:Unsigned(window.kernel.width)
                                          kernelHeight:Unsigned(window.kernel.height)
                                       strideInPixelsX:Unsigned(window.stride.width)
                                       strideInPixelsY:Unsigned(window.stride.height)];
  node.paddingPolicy = PaddingFor(window, source, program.values[step.output].shape);
  return node;
}

// A resize of a single pixel, which fills the result with it.
MPSNNFilterNode* Spread(const Program& program, const Step& step, MPSNNImageNode* input) {
  const Shape& result = program.values[step.output].shape;
  return [MPSCNNUpsamplingNearestNode nodeWithSource:input
                                 integerScaleFactorX:Unsigned(result.width)
                                 integerScaleFactorY:Unsigned(result.height)];
}

MPSNNFilterNode* Make(const Program& program, const Step& step, NSArray<MPSNNImageNode*>* inputs,
                      std::shared_ptr<PackedWeights> weights) {
  MPSNNImageNode* input = inputs.firstObject;
  switch (step.type) {
    case OperationType::kConv2d:
    case OperationType::kDepthwiseConv2d:
    case OperationType::kBiasAdd:
      return Convolution(program, step, input, std::move(weights));
    case OperationType::kRelu:
      return [MPSCNNNeuronNode nodeWithSource:input descriptor:NeuronFor(Activation::kRelu)];
    case OperationType::kRelu6:
      return [MPSCNNNeuronNode nodeWithSource:input descriptor:NeuronFor(Activation::kRelu6)];
    case OperationType::kAdd:
      return Addition(step, inputs);
    case OperationType::kAveragePool:
    case OperationType::kGlobalAveragePool:
      return Pooling(program, step, input);
    case OperationType::kResizeBilinear:
      return Spread(program, step, input);
    case OperationType::kConcat:
      return [MPSNNConcatenationNode nodeWithSources:inputs];
    case OperationType::kSigmoid:
    case OperationType::kSoftmax:
      break;
  }
  throw Error(ErrorCode::kInternal, "a graph cannot do '" + step.name + "'");
}

}  // namespace

MPSNNFilterNode* NodeFor(const Program& program, const Step& step, NSArray<MPSNNImageNode*>* inputs,
                         std::shared_ptr<PackedWeights> weights) {
  MPSNNFilterNode* node = Make(program, step, inputs, std::move(weights));
  node.label = ToObjectiveC(step.name);
  return node;
}

}  // namespace mobilenet::metal

#include "cpu/steps/prepared_step.h"

#include <utility>

namespace mobilenet {
namespace {

bool IsDense(const StepContext& context, const Step& step) {
  const Shape& output = context.OutputShape(step);
  return output.height == 1 && output.width == 1 && IsPointwise(context.program, step);
}

std::unique_ptr<PreparedStep> PrepareStep(const StepContext& context, const Step& step) {
  switch (step.type) {
    case OperationType::kConv2d:
      return IsDense(context, step) ? PrepareDense(context, step)
                                    : PrepareConvolution(context, step);
    case OperationType::kDepthwiseConv2d:
      return PrepareDepthwise(context, step);
    case OperationType::kBiasAdd:
    case OperationType::kRelu:
    case OperationType::kRelu6:
    case OperationType::kSigmoid:
    case OperationType::kAdd:
      return PrepareElementwise(context, step);
    case OperationType::kSoftmax:
      return PrepareSoftmax(context, step);
    case OperationType::kAveragePool:
      return PrepareAveragePool(context, step);
    case OperationType::kGlobalAveragePool:
      return PrepareGlobalAveragePool(context, step);
    case OperationType::kResizeBilinear:
      return PrepareResize(context, step);
    case OperationType::kConcat:
      return PrepareConcat(context, step);
  }
  return nullptr;
}

}  // namespace

std::vector<std::unique_ptr<PreparedStep>> PrepareSteps(const StepContext& context) {
  const std::vector<Step>& steps = context.program.steps;
  std::vector<std::unique_ptr<PreparedStep>> prepared;
  size_t next = 0;
  const auto prepare_until = [&](size_t end) {
    for (; next < end; next++) {
      prepared.push_back(PrepareStep(context, steps[next]));
    }
  };
  for (const Block& block : FindBlocks(context.program)) {
    prepare_until(block.first);
    if (std::unique_ptr<PreparedStep> whole = PrepareBlock(context, block)) {
      prepared.push_back(std::move(whole));
      next = block.first + block.count;
    }
  }
  prepare_until(steps.size());
  return prepared;
}

}  // namespace mobilenet

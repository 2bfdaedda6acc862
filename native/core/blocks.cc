#include "core/blocks.h"

#include <algorithm>

#include "core/readers.h"

namespace mobilenet {
namespace {

// Convolutions of more inputs per output, other than 1x1, gain nothing from being part of a block.
constexpr int64_t kMostWindowInputs = 64;

bool HasUnitSize(Extent extent) { return extent == Extent{1, 1}; }

class BlockFinder {
 public:
  explicit BlockFinder(const Program& program)
      : program_(program), readers_(CountReaders(program)) {}

  // The block whose depthwise convolution is step `depthwise`; count 0 when there is none.
  Block BlockAround(size_t depthwise, size_t first_free) const {
    const std::vector<Step>& steps = program_.steps;
    if (steps[depthwise].type != OperationType::kDepthwiseConv2d || !FeedsNext(depthwise) ||
        !IsPointwise(program_, steps[depthwise + 1])) {
      return {};
    }
    Block block{depthwise, 2};
    if (depthwise > first_free && FeedsNext(depthwise - 1) && CanFill(steps[depthwise - 1])) {
      block = {depthwise - 1, 3, true};
    }
    if (FeedsNext(depthwise + 1) && AddsResidual(depthwise + 2)) {
      block.residual = true;
      block.count++;
    }
    return block;
  }

 private:
  // Whether the step after this one reads its output, and nothing else does.
  bool FeedsNext(size_t index) const {
    if (index + 1 >= program_.steps.size()) {
      return false;
    }
    const size_t value = program_.steps[index].output;
    const std::vector<size_t>& inputs = program_.steps[index + 1].inputs;
    return readers_[value] == 1 && std::find(inputs.begin(), inputs.end(), value) != inputs.end();
  }

  bool CanFill(const Step& step) const {
    if (step.type != OperationType::kConv2d) {
      return false;
    }
    const int64_t inputs = int64_t{step.kernel.height} * step.kernel.width *
                           program_.values[step.inputs[0]].shape.channels;
    return IsPointwise(program_, step) ||
           (HasUnitSize(step.dilation) && inputs <= kMostWindowInputs);
  }

  bool AddsResidual(size_t index) const {
    const Step& step = program_.steps[index];
    return step.type == OperationType::kAdd &&
           program_.steps[index - 1].activation == Activation::kNone;
  }

  const Program& program_;
  const std::vector<size_t> readers_;
};

}  // namespace

bool IsPointwise(const Program& program, const Step& step) {
  const Shape& input = program.values[step.inputs[0]].shape;
  const Shape& output = program.values[step.output].shape;
  return step.type == OperationType::kConv2d && HasUnitSize(step.kernel) &&
         HasUnitSize(step.stride) && input.height == output.height && input.width == output.width;
}

std::vector<Block> FindBlocks(const Program& program) {
  const BlockFinder finder(program);
  std::vector<Block> blocks;
  size_t first_free = 0;
  for (size_t i = 0; i < program.steps.size(); i++) {
    const Block block = finder.BlockAround(i, first_free);
    if (block.count > 0) {
      blocks.push_back(block);
      first_free = block.first + block.count;
      i = first_free - 1;
    }
  }
  return blocks;
}

}  // namespace mobilenet

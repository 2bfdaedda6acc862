#include "core/fusion.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "core/readers.h"

namespace mobilenet {
namespace {

constexpr size_t kNone = std::numeric_limits<size_t>::max();

bool IsConvolution(const Step& step) {
  return step.type == OperationType::kConv2d || step.type == OperationType::kDepthwiseConv2d;
}

// One activation that does what `first` and then `second` do, if there is one.
// relu6(relu(x)) = relu6(x) and relu(relu6(x)) = relu6(x), so the stricter of the two.
Activation Combine(Activation first, Activation second) { return std::max(first, second); }

// The activation a step adds to the one before it.
std::optional<Activation> ActivationOf(const Step& step) {
  switch (step.type) {
    case OperationType::kRelu:
      return Activation::kRelu;
    case OperationType::kRelu6:
      return Activation::kRelu6;
    default:
      return std::nullopt;
  }
}

// Makes `maker` do the work of `step` too; false when it cannot.
bool Absorb(Step& maker, const Step& step) {
  if (step.type == OperationType::kBiasAdd) {
    if (!IsConvolution(maker) || maker.activation != Activation::kNone) {
      return false;
    }
    maker.bias.resize(step.bias.size(), 0.0f);
    std::transform(step.bias.begin(), step.bias.end(), maker.bias.begin(), maker.bias.begin(),
                   [](float added, float bias) { return bias + added; });
    return true;
  }
  const std::optional<Activation> activation = ActivationOf(step);
  if (!activation || !(IsConvolution(maker) || maker.type == OperationType::kAdd)) {
    return false;
  }
  maker.activation = Combine(maker.activation, *activation);
  return true;
}

// Gives every value that is still made its new number.
std::vector<size_t> Renumber(const Program& program) {
  std::vector<size_t> numbers(program.values.size(), kNone);
  numbers[0] = 0;
  size_t next = 1;
  for (const Step& step : program.steps) {
    numbers[step.output] = next++;
  }
  return numbers;
}

}  // namespace

void Fuse(Program& program) {
  const std::vector<size_t> readers = CountReaders(program);
  std::vector<size_t> maker(program.values.size(), kNone);  // index into `kept`
  std::vector<Step> kept;
  kept.reserve(program.steps.size());
  for (Step& step : program.steps) {
    const size_t input = step.inputs.front();
    if (maker[input] != kNone && readers[input] == 1 && Absorb(kept[maker[input]], step)) {
      kept[maker[input]].output = step.output;
      maker[step.output] = maker[input];
      continue;
    }
    maker[step.output] = kept.size();
    kept.push_back(std::move(step));
  }
  program.steps = std::move(kept);
}

void RemoveUnused(Program& program) {
  std::vector<bool> needed(program.values.size(), false);
  for (const ProgramOutput& output : program.outputs) {
    needed[output.value] = true;
  }
  for (auto step = program.steps.rbegin(); step != program.steps.rend(); ++step) {
    if (needed[step->output]) {
      for (const size_t input : step->inputs) {
        needed[input] = true;
      }
    }
  }
  std::erase_if(program.steps, [&](const Step& step) { return !needed[step.output]; });

  const std::vector<size_t> numbers = Renumber(program);
  std::vector<Value> values(program.steps.size() + 1);
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] != kNone) {
      values[numbers[i]] = std::move(program.values[i]);
    }
  }
  program.values = std::move(values);
  for (Step& step : program.steps) {
    step.output = numbers[step.output];
    for (size_t& input : step.inputs) {
      input = numbers[input];
    }
  }
  for (ProgramOutput& output : program.outputs) {
    output.value = numbers[output.value];
  }
}

}  // namespace mobilenet

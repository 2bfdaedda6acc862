#include "metal/plan.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/error.h"
#include "metal/image_limits.h"

namespace mobilenet::metal {
namespace {

// MPS joins images slice by slice, and counts those it joins by whole slices, the last one too.
bool JoinsInGraph(const Program& program, const Step& step) {
  return std::all_of(step.inputs.begin(), step.inputs.end(), [&](size_t input) {
    return program.values[input].shape.channels % kSliceChannels == 0;
  });
}

// Whether an MPSNNGraph can do it. The only resize that it does as TensorFlow does is the one of a
// single pixel, whatever the flags.
bool RunsInGraph(const Program& program, const Step& step) {
  switch (step.type) {
    case OperationType::kSigmoid:
    case OperationType::kSoftmax:
      return false;
    case OperationType::kConcat:
      return step.inputs.size() > 1 && JoinsInGraph(program, step);
    case OperationType::kResizeBilinear: {
      const Shape& input = program.values[step.inputs.front()].shape;
      return input.height == 1 && input.width == 1;
    }
    default:
      return true;
  }
}

void CheckSizes(const Program& program) {
  for (const Value& value : program.values) {
    const Shape& shape = value.shape;
    if (shape.height > kMostTextureSide || shape.width > kMostTextureSide ||
        shape.channels > kMostSlices * kSliceChannels) {
      throw Error(ErrorCode::kUnsupportedOperation,
                  "'" + value.name + "' of " + ToString(shape) +
                      " is larger than the images of Metal Performance Shaders");
    }
  }
}

// Which steps can share a graph: those of one level. Graphs have even levels, kernels odd ones, and
// nothing reads what a higher level makes.
struct Levels {
  std::vector<size_t> of_step;
  std::vector<size_t> of_value;
  size_t count = 0;
};

Levels FindLevels(const Program& program) {
  Levels levels;
  levels.of_value.resize(program.values.size(), 0);
  for (const Step& step : program.steps) {
    size_t level = 0;
    for (const size_t input : step.inputs) {
      level = std::max(level, levels.of_value[input]);
    }
    const size_t parity = RunsInGraph(program, step) ? 0 : 1;
    level += (level + parity) % 2;
    levels.of_value[step.output] = level;
    levels.of_step.push_back(level);
    levels.count = std::max(levels.count, level + 1);
  }
  return levels;
}

class PlanMaker {
 public:
  PlanMaker(const Program& program, InputForm input)
      : program_(program),
        levels_(FindLevels(program)),
        has_image_(program.values.size(), false),
        is_read_outside_(program.values.size(), false) {
    plan_.image_reads.resize(program.values.size(), 0);
    plan_.packed.resize(program.values.size(), false);
    (input == InputForm::kImage ? has_image_ : plan_.packed)[0] = true;
    for (const ProgramOutput& output : program.outputs) {
      is_read_outside_[output.value] = true;
    }
    for (size_t i = 0; i < program.steps.size(); ++i) {
      for (const size_t value : program.steps[i].inputs) {
        if (levels_.of_step[i] != levels_.of_value[value]) {
          is_read_outside_[value] = true;
        }
      }
    }
  }

  Plan Make() {
    for (size_t level = 0; level < levels_.count; ++level) {
      if (level % 2 == 0) {
        AddGraph(level);
      } else {
        AddKernels(level);
      }
    }
    for (const ProgramOutput& output : program_.outputs) {
      NeedPacked(output.value);
    }
    return std::move(plan_);
  }

 private:
  void AddGraph(size_t level) {
    GraphAction graph;
    std::vector<bool> made(program_.values.size(), false);
    for (size_t i = 0; i < program_.steps.size(); ++i) {
      if (levels_.of_step[i] != level) {
        continue;
      }
      const Step& step = program_.steps[i];
      graph.steps.push_back(i);
      for (const size_t input : step.inputs) {
        const auto& sources = graph.sources;
        if (!made[input] && std::find(sources.begin(), sources.end(), input) == sources.end()) {
          graph.sources.push_back(input);
        }
      }
      made[step.output] = true;
      if (is_read_outside_[step.output]) {
        graph.results.push_back(step.output);
      }
    }
    if (graph.steps.empty()) {
      return;
    }
    for (const size_t source : graph.sources) {
      ReadImage(source);
    }
    for (const size_t result : graph.results) {
      has_image_[result] = true;
    }
    plan_.actions.emplace_back(std::move(graph));
  }

  void AddKernels(size_t level) {
    for (size_t i = 0; i < program_.steps.size(); ++i) {
      if (levels_.of_step[i] == level) {
        AddKernel(i);
      }
    }
  }

  void AddKernel(size_t index) {
    const Step& step = program_.steps[index];
    switch (step.type) {
      case OperationType::kConcat: {
        int32_t first = 0;
        for (const size_t input : step.inputs) {
          ReadImage(input);
          plan_.actions.emplace_back(PackAction{input, step.output, first});
          first += program_.values[input].shape.channels;
        }
        plan_.packed[step.output] = true;
        return;
      }
      case OperationType::kResizeBilinear:
        ReadImage(step.inputs.front());
        plan_.actions.emplace_back(ResizeAction{index});
        has_image_[step.output] = true;
        return;
      default:
        NeedPacked(step.inputs.front());
        plan_.actions.emplace_back(ScoreAction{index});
        plan_.packed[step.output] = true;
    }
  }

  void ReadImage(size_t value) {
    if (!has_image_[value]) {
      plan_.actions.emplace_back(UnpackAction{value});
      has_image_[value] = true;
    }
    ++plan_.image_reads[value];
  }

  void NeedPacked(size_t value) {
    if (!plan_.packed[value]) {
      ReadImage(value);
      plan_.actions.emplace_back(PackAction{value, value, 0});
      plan_.packed[value] = true;
    }
  }

  const Program& program_;
  const Levels levels_;
  Plan plan_;
  std::vector<bool> has_image_;
  std::vector<bool> is_read_outside_;  // of the graph that makes it
};

}  // namespace

Plan MakePlan(const Program& program, InputForm input) {
  CheckSizes(program);
  return PlanMaker(program, input).Make();
}

}  // namespace mobilenet::metal

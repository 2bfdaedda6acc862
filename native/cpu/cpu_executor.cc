#include "cpu/cpu_executor.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/error.h"
#include "cpu/aligned_buffer.h"
#include "cpu/instruction_set.h"
#include "cpu/packing.h"
#include "cpu/steps/prepared_step.h"
#include "cpu/thread_pool.h"

namespace mobilenet {
namespace {

constexpr int kMostThreads = 256;
constexpr size_t kCacheLine = 64;

int CheckThreads(int threads) {
  if (threads < 1 || threads > kMostThreads) {
    throw Error(ErrorCode::kInvalidOption, "Expected threads from 1 to " +
                                               std::to_string(kMostThreads) + " but received " +
                                               std::to_string(threads));
  }
  return threads;
}

void Require(bool condition, const std::string& what) {
  if (!condition) {
    throw Error(ErrorCode::kInternal, "The program is inconsistent: " + what);
  }
}

// Kernels trust what they are given, so nothing may point outside the arena.
void CheckProgram(const Program& program) {
  Require(!program.values.empty(), "it has no input");
  for (const Value& value : program.values) {
    Require(value.offset <= program.arena_size &&
                ElementCount(value.shape) <= program.arena_size - value.offset,
            "value '" + value.name + "' lies outside the arena");
  }
  const size_t count = program.values.size();
  for (const Step& step : program.steps) {
    const size_t least = step.type == OperationType::kAdd ? 2 : 1;
    Require(step.output < count && step.inputs.size() >= least &&
                std::all_of(
                    step.inputs.begin(), step.inputs.end(),
                    [&](size_t input) { return input < count; }),
            "step '" + step.name + "' uses values that do not exist");
  }
  for (const ProgramOutput& output : program.outputs) {
    Require(output.value < count, "output '" + output.name + "' does not exist");
  }
}

class CpuExecutor final : public Executor {
 public:
  CpuExecutor(const Program& program, const CpuOptions& options)
      : instruction_set_(FindInstructionSet(options.instruction_set)),
        program_((CheckProgram(program), program)),
        arena_(program.arena_size),
        pool_(CheckThreads(options.threads)) {
    const StepContext context = {program_, *instruction_set_.kernels, arena_.data(),
                                 options.threads};
    steps_ = PrepareSteps(context);
    for (const std::unique_ptr<PreparedStep>& step : steps_) {
      shared_scratch_bytes_ = std::max(shared_scratch_bytes_, step->shared_scratch_bytes());
      scratch_bytes_ = std::max(scratch_bytes_, step->scratch_bytes());
    }
    for (Step& step : program_.steps) {
      step.weights = {};  // the caller's, gone once this constructor has returned
    }
    shared_scratch_bytes_ = DivideUp(shared_scratch_bytes_, kCacheLine) * kCacheLine;
    scratch_bytes_ = DivideUp(scratch_bytes_, kCacheLine) * kCacheLine;
    scratch_ = AlignedBuffer<std::byte>(shared_scratch_bytes_ +
                                        scratch_bytes_ * static_cast<size_t>(options.threads));
  }

  std::span<float> input() override {
    const Value& value = program_.values[0];
    return {arena_.data() + value.offset, ElementCount(value.shape)};
  }

  bool Run(const std::atomic<bool>& stop) override {
    const Scratch scratch(scratch_.data(), shared_scratch_bytes_, scratch_bytes_);
    for (const std::unique_ptr<PreparedStep>& step : steps_) {
      if (stop.load(std::memory_order_relaxed)) {
        return false;
      }
      step->Run(pool_, scratch);
    }
    return true;
  }

  std::span<const float> output(size_t index) const override {
    const Value& value = program_.values[program_.outputs.at(index).value];
    return {arena_.data() + value.offset, ElementCount(value.shape)};
  }

  void ParallelFor(size_t items, const std::function<void(size_t)>& body) override {
    pool_.ParallelFor(items, [&](size_t item, int) { body(item); });
  }

  const Program& program() const override { return program_; }

  std::string instruction_set() const override { return instruction_set_.name; }

  size_t weight_bytes() const override {
    size_t bytes = 0;
    for (const std::unique_ptr<PreparedStep>& step : steps_) {
      bytes += step->weight_bytes();
    }
    return bytes;
  }

 private:
  const InstructionSet& instruction_set_;
  Program program_;
  AlignedBuffer<float> arena_;
  ThreadPool pool_;
  std::vector<std::unique_ptr<PreparedStep>> steps_;
  size_t shared_scratch_bytes_ = 0;
  size_t scratch_bytes_ = 0;  // per thread
  AlignedBuffer<std::byte> scratch_;
};

}  // namespace

std::unique_ptr<Executor> MakeCpuExecutor(const Program& program, const CpuOptions& options) {
  return std::make_unique<CpuExecutor>(program, options);
}

}  // namespace mobilenet

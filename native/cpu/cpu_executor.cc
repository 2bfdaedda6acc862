#include "cpu/cpu_executor.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/error.h"
#include "cpu/aligned_buffer.h"
#include "cpu/instruction_set.h"
#include "cpu/packing.h"
#include "cpu/processors.h"
#include "cpu/steps/prepared_step.h"
#include "cpu/thread_pool.h"
#include "cpu/weight_store.h"

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

// What all executors of a network have in common.
struct CpuNetwork {
  CpuNetwork(const Program& of, const std::string& instruction_set_name)
      : instruction_set(FindInstructionSet(instruction_set_name)),
        program((CheckProgram(of), of)),
        weights(program, *instruction_set.kernels) {}

  // The caller's, gone once the executor that was asked for has been made.
  void ForgetWeights() {
    for (Step& step : program.steps) {
      step.weights = {};
    }
  }

  const InstructionSet& instruction_set;
  Program program;
  WeightStore weights;
};

class CpuExecutor final : public Executor {
 public:
  CpuExecutor(std::shared_ptr<CpuNetwork> network, int threads, Processors* processors)
      : network_(std::move(network)),
        arena_(network_->program.arena_size),
        pool_(threads, processors) {
    steps_ = PrepareSteps({network_->program, *network_->instruction_set.kernels, network_->weights,
                           arena_.data(), &pixels_, threads});
    for (const std::unique_ptr<PreparedStep>& step : steps_) {
      shared_scratch_bytes_ = std::max(shared_scratch_bytes_, step->shared_scratch_bytes());
      scratch_bytes_ = std::max(scratch_bytes_, step->scratch_bytes());
    }
    shared_scratch_bytes_ = DivideUp(shared_scratch_bytes_, kCacheLine) * kCacheLine;
    scratch_bytes_ = DivideUp(scratch_bytes_, kCacheLine) * kCacheLine;
    scratch_ = AlignedBuffer<std::byte>(shared_scratch_bytes_ +
                                        scratch_bytes_ * static_cast<size_t>(threads));
  }

  std::span<float> input() override {
    const Value& value = network_->program.values[0];
    return {arena_.data() + value.offset, ElementCount(value.shape)};
  }

  bool ReadPixels(const ScaledPixels& pixels) override {
    if (std::none_of(steps_.begin(), steps_.end(),
                     [](const auto& step) { return step->reads_pixels(); })) {
      return false;
    }
    pixels_.first = pixels.first;
    pixels_.row_stride = pixels.row_stride;
    for (size_t i = 0; i < PixelArguments::kPeriod; i++) {
      pixels_.scale[i] = pixels.scale[i % 3];
      pixels_.offset[i] = pixels.offset[i % 3];
    }
    return true;
  }

  bool Run(const std::atomic<bool>& stop) override {
    const bool whole = RunSteps(stop);
    pixels_.first = nullptr;
    return whole;
  }

  std::span<const float> output(size_t index) const override {
    const Value& value = network_->program.values[network_->program.outputs.at(index).value];
    return {arena_.data() + value.offset, ElementCount(value.shape)};
  }

  void ParallelFor(size_t items, const std::function<void(size_t)>& body) override {
    pool_.ParallelFor(items, [&](size_t item, int) { body(item); });
  }

  const Program& program() const override { return network_->program; }

  std::string instruction_set() const override { return network_->instruction_set.name; }

  size_t weight_bytes() const override {
    size_t bytes = 0;
    for (const std::unique_ptr<PreparedStep>& step : steps_) {
      bytes += step->weight_bytes();
    }
    return bytes;
  }

 private:
  // False when `stop` became true before the end.
  bool RunSteps(const std::atomic<bool>& stop) {
    const Scratch scratch(scratch_.data(), shared_scratch_bytes_, scratch_bytes_);
    for (const std::unique_ptr<PreparedStep>& step : steps_) {
      if (stop.load(std::memory_order_relaxed)) {
        return false;
      }
      step->Run(pool_, scratch);
    }
    return true;
  }

  const std::shared_ptr<CpuNetwork> network_;
  AlignedBuffer<float> arena_;
  PixelArguments pixels_{};
  ThreadPool pool_;
  std::vector<std::unique_ptr<PreparedStep>> steps_;
  size_t shared_scratch_bytes_ = 0;
  size_t scratch_bytes_ = 0;  // per thread
  AlignedBuffer<std::byte> scratch_;
};

}  // namespace

std::unique_ptr<Executor> MakeCpuExecutor(const Program& program, const CpuOptions& options) {
  return std::move(MakeCpuExecutors(program, options).whole);
}

FrameExecutors MakeCpuExecutors(const Program& program, const CpuOptions& options) {
  const int threads = CheckThreads(options.threads);
  const auto network = std::make_shared<CpuNetwork>(program, options.instruction_set);
  FrameExecutors executors;
  executors.whole = std::make_unique<CpuExecutor>(network, threads, &Processors::OfMachine());
  network->ForgetWeights();
  executors.threads = static_cast<size_t>(threads);
  // They run inside a loop of the first one's pool, which has entered for them.
  executors.make_lone = [network] { return std::make_unique<CpuExecutor>(network, 1, nullptr); };
  return executors;
}

}  // namespace mobilenet

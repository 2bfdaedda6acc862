#include "core/executor_runner.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "core/caught_error.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/sampling.h"

namespace mobilenet {
namespace {

// What became of a frame.
struct Outcome {
  Answer answer;
  std::optional<Error> error;
};

class ExecutorRunner final : public FrameRunner {
 public:
  ExecutorRunner(FrameExecutors executors, ModelRecord record)
      : executors_(std::move(executors)), record_(std::move(record)) {
    CheckRecord(record_, program());
  }

  const Program& program() const override { return executors_.whole->program(); }
  size_t places() const override { return 1; }

  size_t FramesToBegin(size_t waiting) const override {
    const size_t threads = executors_.make_lone ? executors_.threads : 1;
    return waiting > threads / 2 ? std::min(waiting, threads) : 1;
  }

  void Begin(size_t place, std::span<const FrameJob> jobs, const Ready& ready) override {
    outcomes_ = std::vector<Outcome>(jobs.size());
    if (jobs.size() == 1) {
      RunFrame(*executors_.whole, jobs[0], outcomes_[0]);
    } else {
      while (lone_.size() < jobs.size()) {
        lone_.push_back(executors_.make_lone());
      }
      executors_.whole->ParallelFor(jobs.size(),
                                    [&](size_t i) { RunFrame(*lone_[i], jobs[i], outcomes_[i]); });
    }
    ready(place);
  }

  Answer Finish(size_t, size_t index, const FrameJob&) override {
    Outcome& outcome = outcomes_.at(index);
    if (outcome.error) {
      throw Error(*outcome.error);
    }
    return std::move(outcome.answer);
  }

  void Release(size_t) noexcept override {}

  std::string description() const override { return executors_.whole->instruction_set(); }

  RunnerMemory memory() const override {
    return {program().arena_size * sizeof(float) * (1 + lone_.size()),
            executors_.whole->weight_bytes()};
  }

 private:
  void RunFrame(Executor& executor, const FrameJob& job, Outcome& outcome) const noexcept {
    try {
      outcome.answer = Compute(executor, job);
    } catch (const std::exception&) {
      outcome.error = CaughtError("a frame ran");
    }
  }

  Answer Compute(Executor& executor, const FrameJob& job) const {
    const auto started = Clock::now();
    FillInput(executor, job.frame);
    const auto sampled = Clock::now();
    job.timing.preprocess = Milliseconds(sampled - started);
    const bool stopped = !executor.Run(job.stop);
    const auto computed = Clock::now();
    job.timing.network = Milliseconds(computed - sampled);
    if (stopped) {
      throw Error(ErrorCode::kAborted, "the frame was cancelled");
    }
    Answer answer = AnswerRequest(job.request, job.frame, record_, executor);
    job.timing.postprocess = Milliseconds(Clock::now() - computed);
    return answer;
  }

  void FillInput(Executor& executor, const Frame& frame) const {
    const Preprocessing& preprocessing = record_.preprocessing;
    const std::optional<ScaledPixels> pixels =
        PixelsAsTheyAre(frame.picture, frame.region, frame.rotation, preprocessing);
    if (pixels && executor.ReadPixels(*pixels)) {
      return;
    }
    Preprocess(frame.picture, frame.region, frame.rotation, preprocessing, executor.input(),
               [&](size_t items, const std::function<void(size_t)>& body) {
                 executor.ParallelFor(items, body);
               });
  }

  const FrameExecutors executors_;
  const ModelRecord record_;
  std::vector<std::unique_ptr<Executor>> lone_;  // made when several frames first come at once
  std::vector<Outcome> outcomes_;
};

}  // namespace

std::unique_ptr<FrameRunner> MakeExecutorRunner(FrameExecutors executors, ModelRecord record) {
  return std::make_unique<ExecutorRunner>(std::move(executors), std::move(record));
}

}  // namespace mobilenet

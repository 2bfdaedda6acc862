#include "core/executor_runner.h"

#include <utility>

#include "core/clock.h"
#include "core/error.h"
#include "core/sampling.h"

namespace mobilenet {
namespace {

class ExecutorRunner final : public FrameRunner {
 public:
  ExecutorRunner(std::unique_ptr<Executor> executor, ModelRecord record)
      : executor_(std::move(executor)), record_(std::move(record)) {
    CheckRecord(record_, executor_->program());
  }

  const Program& program() const override { return executor_->program(); }
  size_t places() const override { return 1; }
  size_t frames_per_place() const override { return 1; }

  void Begin(size_t place, std::span<const FrameJob> jobs, const Ready& ready) override {
    const FrameJob& job = jobs.front();
    const auto started = Clock::now();
    Preprocess(job.frame.picture, job.frame.region, job.frame.rotation, record_.preprocessing,
               executor_->input(), [this](size_t items, const std::function<void(size_t)>& body) {
                 executor_->ParallelFor(items, body);
               });
    const auto sampled = Clock::now();
    job.timing.preprocess = Milliseconds(sampled - started);
    stopped_ = !executor_->Run(job.stop);
    job.timing.network = Milliseconds(Clock::now() - sampled);
    ready(place);
  }

  Answer Finish(size_t, size_t, const FrameJob& job) override {
    if (stopped_) {
      throw Error(ErrorCode::kAborted, "the frame was cancelled");
    }
    const auto started = Clock::now();
    Answer answer = AnswerRequest(job.request, job.frame, record_, *executor_);
    job.timing.postprocess = Milliseconds(Clock::now() - started);
    return answer;
  }

  void Release(size_t) noexcept override {}

  std::string description() const override { return executor_->instruction_set(); }

  RunnerMemory memory() const override {
    return {program().arena_size * sizeof(float), executor_->weight_bytes()};
  }

 private:
  const std::unique_ptr<Executor> executor_;
  const ModelRecord record_;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<FrameRunner> MakeExecutorRunner(std::unique_ptr<Executor> executor,
                                                ModelRecord record) {
  return std::make_unique<ExecutorRunner>(std::move(executor), std::move(record));
}

}  // namespace mobilenet

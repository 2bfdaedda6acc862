#include "core/session.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include "core/caught_error.h"

namespace mobilenet {

Session::Session(std::unique_ptr<FrameRunner> runner, ModelRecord record, Completion completion,
                 Closed closed)
    : runner_(std::move(runner)),
      record_(std::move(record)),
      completion_(std::move(completion)),
      closed_(std::move(closed)),
      running_(runner_->places()),
      ready_(runner_->places(), false) {
  thread_ = std::thread([this] { Loop(); });
}

Session::~Session() { Close(); }

void Session::Enqueue(uint64_t id, const Frame& frame, Request request) {
  CheckRequest(request, frame, record_, runner_->program());
  auto job = std::make_unique<Job>();
  job->id = id;
  job->frame = frame;
  job->request = std::move(request);
  job->enqueued = Clock::now();
  {
    const std::lock_guard lock(mutex_);
    if (closing_) {
      throw Error(ErrorCode::kDisposed, "the session has been disposed");
    }
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
}

bool Session::Cancel(uint64_t id) {
  {
    const std::lock_guard lock(mutex_);
    const auto stop = [id](const Jobs& jobs) {
      const auto job =
          std::find_if(jobs.begin(), jobs.end(), [id](const auto& each) { return each->id == id; });
      if (job != jobs.end()) {
        (*job)->stop = true;
      }
      return job != jobs.end();
    };
    const bool runs = std::any_of(running_.begin(), running_.end(), stop);
    if (!runs && !stop(queue_)) {
      return false;
    }
    stop_running_ = stop_running_ || runs;
  }
  wake_.notify_one();
  return true;
}

void Session::BeginClose() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    for (const Jobs& jobs : running_) {
      for (const std::unique_ptr<Job>& job : jobs) {
        job->stop = true;
        stop_running_ = true;
      }
    }
  }
  wake_.notify_one();
}

void Session::Close() {
  BeginClose();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void Session::Loop() {
  for (;;) {
    Task task = NextTask();
    for (const std::unique_ptr<Job>& job : task.stopped) {
      AnswerStopped(*job);
    }
    if (task.look_at_running) {
      for (const Jobs& jobs : running_) {
        for (const std::unique_ptr<Job>& job : jobs) {
          AnswerStopped(*job);
        }
      }
    }
    if (task.ready) {
      Finish(*task.ready);
    } else if (task.begin) {
      Begin(*task.begin);
    } else if (task.over) {
      break;
    }
  }
  closed_();
}

// A stopped job need not wait for a place, and after BeginClose all are stopped.
Session::Jobs Session::TakeStopped() {
  Jobs stopped;
  Jobs waiting;
  for (std::unique_ptr<Job>& job : queue_) {
    job->stop = job->stop || closing_;
    (job->stop ? stopped : waiting).push_back(std::move(job));
  }
  queue_ = std::move(waiting);
  return stopped;
}

// Waits for something to do, and takes it. Finishing comes before beginning: it frees a place.
Session::Task Session::NextTask() {
  std::unique_lock lock(mutex_);
  for (;;) {
    Task task;
    task.stopped = TakeStopped();
    task.look_at_running = std::exchange(stop_running_, false);
    const auto free_place = std::find_if(running_.begin(), running_.end(),
                                         [](const Jobs& jobs) { return jobs.empty(); });
    if (!begun_.empty() && ready_[begun_.front()]) {
      task.ready = begun_.front();
      ready_[begun_.front()] = false;
      begun_.pop_front();
      return task;
    }
    if (!queue_.empty() && free_place != running_.end()) {
      task.begin = static_cast<size_t>(free_place - running_.begin());
      const size_t count = runner_->FramesToBegin(queue_.size());
      const auto end = queue_.begin() + static_cast<ptrdiff_t>(count);
      // At once, so that there is no moment in which Cancel finds them nowhere.
      running_[*task.begin].assign(std::make_move_iterator(queue_.begin()),
                                   std::make_move_iterator(end));
      queue_.erase(queue_.begin(), end);
      begun_.push_back(*task.begin);
      return task;
    }
    const bool idle = std::all_of(running_.begin(), running_.end(),
                                  [](const Jobs& jobs) { return jobs.empty(); });
    task.over = closing_ && idle;
    if (task.over || task.look_at_running || !task.stopped.empty()) {
      return task;
    }
    wake_.wait(lock);
  }
}

void Session::Begin(size_t place) {
  // Whoever has been answered may have let go of the pixels.
  for (const std::unique_ptr<Job>& job : running_[place]) {
    AnswerStopped(*job);
  }
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(running_[place], [](const auto& job) { return job->answered; });
    if (running_[place].empty()) {
      begun_.pop_back();
      return;
    }
  }
  std::vector<FrameJob> frames;
  const auto now = Clock::now();
  for (const std::unique_ptr<Job>& job : running_[place]) {
    job->timing.queue = Milliseconds(now - job->enqueued);
    frames.push_back({job->frame, job->request, job->stop, job->timing});
  }
  std::optional<Error> error;
  try {
    runner_->Begin(place, frames, [this](size_t ready) {
      // Notified under the lock: once it is free, the session may end and go.
      const std::lock_guard lock(mutex_);
      ready_[ready] = true;
      wake_.notify_one();
    });
    return;
  } catch (const std::exception&) {
    error = CaughtError("a frame ran");
  }
  for (const std::unique_ptr<Job>& job : running_[place]) {
    Complete(*job, error);
  }
  const std::lock_guard lock(mutex_);
  running_[place].clear();
  begun_.pop_back();
}

void Session::Finish(size_t place) {
  for (size_t i = 0; i < running_[place].size(); ++i) {
    Job& job = *running_[place][i];
    AnswerStopped(job);
    if (job.answered) {
      continue;
    }
    try {
      Complete(job, std::nullopt,
               runner_->Finish(place, i, {job.frame, job.request, job.stop, job.timing}));
    } catch (const std::exception&) {
      Complete(job, CaughtError("a frame ran"));
    }
  }
  runner_->Release(place);
  const std::lock_guard lock(mutex_);
  running_[place].clear();
}

void Session::AnswerStopped(Job& job) {
  if (job.stop) {
    Complete(job, Error(ErrorCode::kAborted, "the frame was cancelled"));
  }
}

void Session::Complete(Job& job, std::optional<Error> error, Answer answer) {
  if (std::exchange(job.answered, true)) {
    return;
  }
  if (error && error->code() == ErrorCode::kAborted) {
    const std::lock_guard lock(mutex_);
    if (closing_) {
      error.emplace(ErrorCode::kDisposed, "the session was disposed before the frame had run");
    }
  }
  completion_({job.id, std::move(error), job.timing, std::move(answer)});
}

}  // namespace mobilenet

#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "core/error.h"
#include "core/frame_runner.h"

namespace mobilenet {

struct FrameResult {
  uint64_t id = 0;
  std::optional<Error> error;  // without an answer
  Timing timing;
  Answer answer;  // detections: boxes in pixels of the frame, clipped to it
};

// Takes frames to a runner and their answers back, on a thread of its own, in the order they were
// enqueued. Where the runner has several places, the next frames are begun before the first has
// been answered.
class Session {
 public:
  // Called on the session's thread, once per frame.
  using Completion = std::function<void(FrameResult)>;
  // Called on the session's thread when it has nothing more to do after BeginClose.
  using Closed = std::function<void()>;

  Session(std::unique_ptr<FrameRunner> runner, ModelRecord record, Completion completion,
          Closed closed);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  const FrameRunner& runner() const { return *runner_; }

  // Throws kInvalidOption when the frame or the request does not fit, kDisposed after BeginClose.
  void Enqueue(uint64_t id, const Frame& frame, Request request);

  // The frame completes with kAborted: at once when it waits or is with the device, before its next
  // step when the processor runs it. False when no such frame waits or runs.
  bool Cancel(uint64_t id);

  // Refuses new frames and completes waiting and running ones with kDisposed. Returns at once.
  void BeginClose();

  // BeginClose, then waits for the thread. Idempotent; not for the session's own thread.
  void Close();

 private:
  struct Job {
    uint64_t id = 0;
    Frame frame;
    Request request;
    Clock::time_point enqueued;
    std::atomic<bool> stop{false};
    Timing timing;
    bool answered = false;  // the session's thread only
  };
  using Jobs = std::vector<std::unique_ptr<Job>>;

  // What the session's thread does next.
  struct Task {
    Jobs stopped;                 // that waited
    std::optional<size_t> ready;  // a place to finish
    std::optional<size_t> begin;  // a place whose jobs are to begin
    bool look_at_running = false;
    bool over = false;
  };

  void Loop();
  Task NextTask();
  Jobs TakeStopped();
  void Begin(size_t place);
  void Finish(size_t place);
  void AnswerStopped(Job& job);
  void Complete(Job& job, std::optional<Error> error, Answer answer = {});

  const std::unique_ptr<FrameRunner> runner_;
  const ModelRecord record_;
  const Completion completion_;
  const Closed closed_;

  std::mutex mutex_;
  std::condition_variable wake_;
  // All guarded by mutex_. `running_` and `ready_` have one element per place; only the session's
  // thread changes which jobs are in the former.
  Jobs queue_;
  std::vector<Jobs> running_;
  std::vector<bool> ready_;
  std::deque<size_t> begun_;   // places in the order they were begun, which is that of the answers
  bool stop_running_ = false;  // a job in `running_` has been stopped
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace mobilenet

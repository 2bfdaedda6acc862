#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "core/program.h"
#include "core/request.h"

namespace mobilenet {

// Milliseconds spent in each part of a frame's way.
struct Timing {
  double queue = 0;
  double preprocess = 0;
  double network = 0;
  double postprocess = 0;
};

// A frame on its way through a runner.
struct FrameJob {
  const Frame& frame;
  const Request& request;
  // Once true, nobody wants the answer any more.
  const std::atomic<bool>& stop;
  Timing& timing;
};

// Bytes a runner holds.
struct RunnerMemory {
  size_t activations = 0;
  size_t weights = 0;
};

// Runs the frames of one network on one device. Frames go in and out through places, of which a
// device that works beside the processor has several, so that it never waits for the next frame.
// All calls come from one thread but for the constant ones.
class FrameRunner {
 public:
  // Told, on any thread and perhaps before Begin has returned, that a place can be finished.
  using Ready = std::function<void(size_t place)>;

  FrameRunner() = default;
  FrameRunner(const FrameRunner&) = delete;
  FrameRunner& operator=(const FrameRunner&) = delete;
  virtual ~FrameRunner() = default;

  virtual const Program& program() const = 0;
  virtual size_t places() const = 0;
  // How many of `waiting` frames (at least 1) had better begin together in the next place.
  virtual size_t FramesToBegin(size_t waiting) const = 0;

  // Starts frames in a free place, as many as FramesToBegin said or fewer. When it returns, their
  // pixels have been read. `ready` will be called once, unless this throws: then the place is free
  // again.
  virtual void Begin(size_t place, std::span<const FrameJob> jobs, const Ready& ready) = 0;
  // Answers one frame of a place that is ready. Throws Error, kAborted where the frame was stopped.
  virtual Answer Finish(size_t place, size_t index, const FrameJob& job) = 0;
  // The place is free again. Must not throw.
  virtual void Release(size_t place) noexcept = 0;

  // What it runs on: an instruction set, a GPU.
  virtual std::string description() const = 0;
  virtual RunnerMemory memory() const = 0;
};

}  // namespace mobilenet

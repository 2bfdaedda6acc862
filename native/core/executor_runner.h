#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "core/executor.h"
#include "core/frame_runner.h"

namespace mobilenet {

// Executors of one network.
struct FrameExecutors {
  std::unique_ptr<Executor> whole;  // all threads on one frame
  size_t threads = 1;
  // Where there are several threads: makes one that works on the calling thread alone, for each of
  // several frames at once.
  std::function<std::unique_ptr<Executor>()> make_lone = nullptr;
};

// Frames through executors: Begin does the work. Where more than half as many frames wait as there
// are threads, each thread takes one: nobody waits for anybody, and no row is computed twice.
std::unique_ptr<FrameRunner> MakeExecutorRunner(FrameExecutors executors, ModelRecord record);

}  // namespace mobilenet

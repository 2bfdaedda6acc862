#pragma once

#include <memory>

#include "core/executor.h"
#include "core/frame_runner.h"

namespace mobilenet {

// Frames through an executor, one at a time: Begin does the work.
std::unique_ptr<FrameRunner> MakeExecutorRunner(std::unique_ptr<Executor> executor,
                                                ModelRecord record);

}  // namespace mobilenet

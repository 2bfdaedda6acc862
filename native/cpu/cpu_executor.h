#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/executor.h"
#include "core/executor_runner.h"

namespace mobilenet {

struct CpuOptions {
  int threads = 1;                       // 1 to 256, the calling thread included
  std::string instruction_set = "auto";  // "auto" or one of InstructionSets()
};

// What this machine can run, best first: "avx512", "avx2", "neon", "portable" (the last is always
// there).
std::vector<std::string> InstructionSets();

// The vectorised executor: float32, weights packed at construction.
// Throws kInvalidOption when the instruction set is unknown or this machine lacks it.
std::unique_ptr<Executor> MakeCpuExecutor(const Program& program, const CpuOptions& options);

// The same for a runner: all threads on one frame, or one thread on each of several, which share
// the packed weights.
FrameExecutors MakeCpuExecutors(const Program& program, const CpuOptions& options);

}  // namespace mobilenet

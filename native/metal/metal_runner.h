#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/executor.h"
#include "core/frame_runner.h"

namespace mobilenet {

enum class MetalPrecision {
  kFloat16,  // weights and activations in float16, sums in float32
  kFloat32,
};

struct MetalOptions {
  uint64_t registry_id = 0;  // 0: the preferred GPU, whichever that is at the time
  MetalPrecision precision = MetalPrecision::kFloat16;
  size_t frames_in_flight = 3;  // 1 to 16 command buffers begun before the first has ended
  size_t batch_size = 1;        // 1 to 64 frames in one command buffer, where as many wait
};

// Frames on an Apple GPU: the picture is sampled there, the network is one or more MPSNNGraphs, and
// class maps are made there. After an error of the GPU the next frame sets everything up anew, on
// another GPU where the first is gone and none was asked for by its id. Throws kNoDevice,
// kUnsupportedOperation where the network has what MPS cannot do, kModelCorrupt, kOutOfMemory.
std::unique_ptr<FrameRunner> MakeMetalRunner(const Program& program, const ModelRecord& record,
                                             const MetalOptions& options);

// The same network with numbers for an input, one frame at a time, waiting for each: for tests.
std::unique_ptr<Executor> MakeMetalExecutor(const Program& program, const MetalOptions& options);

}  // namespace mobilenet

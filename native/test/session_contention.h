#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "core/session.h"
#include "frame_results.h"

namespace mobilenet::test {

// Two threads enqueue `frames` frames each, from the ids 1000 and 2000 on, and cancel some; a third
// begins to close the session once `close_after` are answered. Returns how many the session took;
// the others it must have refused as disposed of.
size_t EnqueueCancelAndClose(Session& session, FrameResults& results, uint64_t frames,
                             size_t close_after, const std::function<void(uint64_t id)>& enqueue);

}  // namespace mobilenet::test

#include "../control.h"

#include <atomic>

#include "faults.h"
#include "threads.h"

namespace apple_double {

void FailNextCommandBuffer(long code) { Faults::Shared().FailNext(code); }

void FailCommandBufferNumber(size_t number, long code) {
  Faults::Shared().FailNumber(number, code);
}

void FailEveryCommandBuffer(size_t number, long code) { Faults::Shared().FailEvery(number, code); }

void HoldCommandBuffers() { Faults::Shared().Hold(); }

void ReleaseCommandBuffers() { Faults::Shared().Release(); }

void SetCommandBufferDelay(std::chrono::milliseconds delay) { Faults::Shared().SetDelay(delay); }

void WaitUntilIdle() { ThreadPool::Shared().WaitUntilIdle(); }

namespace {

std::atomic<bool> every_source_read{false};

}  // namespace

void CountEverySourceRead(bool every) { every_source_read = every; }

bool CountsEverySourceRead() { return every_source_read; }

size_t WaitCalls() { return Faults::Shared().Waits(); }

size_t CommittedCommandBuffers() { return Faults::Shared().Committed(); }

size_t AbandonedEncoders() { return Faults::Shared().AbandonedEncoders(); }

}  // namespace apple_double

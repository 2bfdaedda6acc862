#include "../control.h"

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

size_t WaitCalls() { return Faults::Shared().Waits(); }

size_t CommittedCommandBuffers() { return Faults::Shared().Committed(); }

size_t AbandonedEncoders() { return Faults::Shared().AbandonedEncoders(); }

}  // namespace apple_double

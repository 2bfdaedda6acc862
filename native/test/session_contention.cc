#include "session_contention.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "core/error.h"

namespace mobilenet::test {

size_t EnqueueCancelAndClose(Session& session, FrameResults& results, uint64_t frames,
                             size_t close_after, const std::function<void(uint64_t id)>& enqueue) {
  std::atomic<size_t> accepted{0};
  const auto produce = [&](uint64_t first) {
    for (uint64_t id = first; id < first + frames; ++id) {
      try {
        enqueue(id);
        ++accepted;
      } catch (const Error& error) {
        CHECK(error.code() == ErrorCode::kDisposed);
      }
      if (id % 3 == 0) {
        session.Cancel(id - (id % 7));
      }
    }
  };
  {
    const std::jthread one(produce, 1000);
    const std::jthread two(produce, 2000);
    const std::jthread three([&] {
      results.Await(close_after);
      session.BeginClose();
    });
  }
  return accepted;
}

}  // namespace mobilenet::test

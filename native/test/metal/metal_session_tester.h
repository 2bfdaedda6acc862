#pragma once

#include <cstdint>
#include <vector>

#include "control.h"
#include "core/session.h"
#include "frame_results.h"
#include "graph_tester.h"
#include "metal/metal_runner.h"

namespace mobilenet::test {

inline constexpr int32_t kSide = 16;
inline constexpr int32_t kClasses = 5;

// The double as it is at first, and again afterwards.
struct FreshDouble {
  FreshDouble() { apple_double::Reset(); }
  FreshDouble(const FreshDouble&) = delete;
  FreshDouble& operator=(const FreshDouble&) = delete;
  ~FreshDouble() { apple_double::Reset(); }
};

// Waits until the double has been given so many command buffers in all, two seconds at most.
void AwaitCommits(size_t count);

ModelRecord Stretch();

// A stem, a residual block, a class for each pixel and scores: the first output is the map's.
GraphTester SmallNetwork();

// A session with the pictures to feed it.
struct MetalFixture {
  GraphTester tester = SmallNetwork();
  Program program = tester.Compile();
  FrameResults results;
  std::vector<std::vector<uint8_t>> pictures;
  Session session;

  explicit MetalFixture(const MetalOptions& options = {});

  Frame FrameOf(uint64_t id) const {
    return {{pictures[id % pictures.size()], 30, 20}, {0, 0, 30, 20}, 0};
  }
  void Enqueue(uint64_t id, const Request& request = OutputsRequest{{0, 1}}) {
    session.Enqueue(id, FrameOf(id), request);
  }
};

const std::vector<NamedTensor>& Tensors(const FrameResult& result);

// What the reference executor says to the same frames.
struct ReferenceSession {
  FrameResults results;
  Session session;

  explicit ReferenceSession(const Program& program);

  FrameResult Answer(const Frame& frame, const Request& request);
};

}  // namespace mobilenet::test

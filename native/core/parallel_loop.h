#pragma once

#include <cstddef>
#include <functional>

namespace mobilenet {

// Calls body(item) once for every item below `items`, perhaps on several threads, and returns when
// all calls have. `body` must not throw.
using ParallelLoop = std::function<void(size_t items, const std::function<void(size_t)>& body)>;

// On the calling thread alone.
inline void InTurn(size_t items, const std::function<void(size_t)>& body) {
  for (size_t item = 0; item < items; ++item) {
    body(item);
  }
}

}  // namespace mobilenet

#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "core/parallel_loop.h"
#include "core/program.h"

namespace mobilenet {

// What a network made of a frame, with threads to work on it.
class NetworkOutputs {
 public:
  NetworkOutputs() = default;
  NetworkOutputs(const NetworkOutputs&) = delete;
  NetworkOutputs& operator=(const NetworkOutputs&) = delete;
  virtual ~NetworkOutputs() = default;

  virtual const Program& program() const = 0;
  // Contents of an output of the Program, rows, columns, channels.
  virtual std::span<const float> output(size_t index) const = 0;
  // Calls body(item) once for every item below `items`, on several threads where there are some,
  // and returns when all calls have. `body` must not throw.
  virtual void ParallelFor(size_t items, const std::function<void(size_t)>& body) {
    InTurn(items, body);
  }
};

}  // namespace mobilenet

#pragma once

// One pixel times weights: a matrix times a vector, as fast as the weights come from memory.

#include "cpu/kernel_table.h"
#include "cpu/vector.h"

namespace mobilenet {
namespace {

// Enough sums at once that the time one addition takes hides behind the others.
constexpr int kDenseVectors = 4;

// As many bytes before they are needed as come from the third-level cache in the meantime.
constexpr ptrdiff_t kDenseAhead = 4096;

template <typename Weight>
inline void DensePanel(const DenseArguments& a, const Weight* weights, ptrdiff_t panel) {
  constexpr ptrdiff_t kLine = kDenseVectors * kLanes;
  const ptrdiff_t channel = panel * kLine;
  weights += channel * a.inputs;
  Vector sums[kDenseVectors];
  MOBILENET_UNROLL
  for (int v = 0; v < kDenseVectors; v++) {
    sums[v] = Load(a.biases + channel + v * kLanes);
  }
  for (ptrdiff_t k = 0; k < a.inputs; k++, weights += kLine) {
    const Vector x = Broadcast(a.input[k]);
    constexpr ptrdiff_t kLineBytes = kLine * static_cast<ptrdiff_t>(sizeof(Weight));
    MOBILENET_UNROLL
    for (ptrdiff_t byte = 0; byte < kLineBytes; byte += 64) {
      __builtin_prefetch(reinterpret_cast<const char*>(weights) + kDenseAhead + byte);
    }
    MOBILENET_UNROLL
    for (int v = 0; v < kDenseVectors; v++) {
      sums[v] = MultiplyAdd(x, Load(weights + v * kLanes), sums[v]);
    }
  }
  const Vector lower = Broadcast(a.bounds.lower);
  const Vector upper = Broadcast(a.bounds.upper);
  for (int v = 0; v < kDenseVectors; v++) {
    const ptrdiff_t first = channel + v * kLanes;
    const ptrdiff_t count = a.outputs - first;
    const Vector sum = Clamp(sums[v], lower, upper);
    if (count >= kLanes) {
      Store(a.output + first, sum);
    } else if (count > 0) {
      StorePartial(a.output + first, sum, count);
    }
  }
}

void Dense(const DenseArguments& a, ptrdiff_t panel_begin, ptrdiff_t panel_end) {
  for (ptrdiff_t panel = panel_begin; panel < panel_end; panel++) {
    if constexpr (kHalfWeights) {
      if (a.half_weights != nullptr) {
        DensePanel(a, a.half_weights, panel);
        continue;
      }
    }
    DensePanel(a, a.weights, panel);
  }
}

}  // namespace
}  // namespace mobilenet

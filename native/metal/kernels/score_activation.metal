// Softmax over the channels of each pixel, and sigmoid, in float32: sums of a thousand halves would
// be off in the third digit. Between two buffers of rows, columns, channels.
#include <metal_stdlib>

#include "parameters.h"

using namespace metal;
using namespace mobilenet_kernels;

kernel void softmax(device const float* logits [[buffer(0)]], device float* scores [[buffer(1)]],
                    constant VectorParameters& parameters [[buffer(2)]],
                    uint3 position [[thread_position_in_grid]]) {
  if (position.x >= parameters.pixels) {
    return;
  }
  device const float* in = logits + position.x * parameters.channels;
  device float* out = scores + position.x * parameters.channels;
  float largest = in[0];
  for (uint c = 1; c < parameters.channels; ++c) {
    largest = max(largest, in[c]);
  }
  float sum = 0.0f;
  for (uint c = 0; c < parameters.channels; ++c) {
    const float weight = precise::exp(in[c] - largest);
    out[c] = weight;
    sum += weight;
  }
  for (uint c = 0; c < parameters.channels; ++c) {
    out[c] = out[c] / sum;
  }
}

kernel void sigmoid(device const float* logits [[buffer(0)]], device float* scores [[buffer(1)]],
                    constant VectorParameters& parameters [[buffer(2)]],
                    uint3 position [[thread_position_in_grid]]) {
  if (position.x < parameters.pixels * parameters.channels) {
    scores[position.x] = 1.0f / (1.0f + precise::exp(-logits[position.x]));
  }
}

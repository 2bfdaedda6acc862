// Between images, whose channels lie four by four in slices, and buffers of float32 rows, columns,
// channels. Images of up to four channels are plain textures, others arrays of slices.
#include <metal_stdlib>

#include "parameters.h"

using namespace metal;
using namespace mobilenet_kernels;

static inline uint value_of(uint2 at, uint slice, constant PackingParameters& parameters) {
  return (at.y * parameters.width + at.x) * parameters.stride + parameters.first + slice * 4;
}

static inline bool outside(uint2 at, uint slice, constant PackingParameters& parameters) {
  return at.x >= parameters.width || at.y >= parameters.height || slice * 4 >= parameters.channels;
}

static inline void store_texel(float4 texel, uint2 at, uint slice, device float* values,
                               constant PackingParameters& parameters) {
  const uint first = value_of(at, slice, parameters);
  const uint count = min(4u, parameters.channels - slice * 4);
  for (uint i = 0; i < count; ++i) {
    values[first + i] = texel[i];
  }
}

// What the last slice has beyond the channels becomes 0: it must be finite.
static inline float4 load_texel(uint2 at, uint slice, device const float* values,
                                constant PackingParameters& parameters) {
  const uint first = value_of(at, slice, parameters);
  const uint count = min(4u, parameters.channels - slice * 4);
  float4 texel = float4(0.0f);
  for (uint i = 0; i < count; ++i) {
    texel[i] = values[first + i];
  }
  return texel;
}

kernel void pack_channels(texture2d<float, access::read> image [[texture(0)]],
                          device float* values [[buffer(0)]],
                          constant PackingParameters& parameters [[buffer(1)]],
                          uint3 position [[thread_position_in_grid]]) {
  if (!outside(position.xy, 0, parameters)) {
    store_texel(image.read(position.xy), position.xy, 0, values, parameters);
  }
}

kernel void pack_channel_slices(texture2d_array<float, access::read> image [[texture(0)]],
                                device float* values [[buffer(0)]],
                                constant PackingParameters& parameters [[buffer(1)]],
                                uint3 position [[thread_position_in_grid]]) {
  if (!outside(position.xy, position.z, parameters)) {
    store_texel(image.read(position.xy, position.z), position.xy, position.z, values, parameters);
  }
}

kernel void unpack_channels(texture2d<float, access::write> image [[texture(0)]],
                            device const float* values [[buffer(0)]],
                            constant PackingParameters& parameters [[buffer(1)]],
                            uint3 position [[thread_position_in_grid]]) {
  if (!outside(position.xy, 0, parameters)) {
    image.write(load_texel(position.xy, 0, values, parameters), position.xy);
  }
}

kernel void unpack_channel_slices(texture2d_array<float, access::write> image [[texture(0)]],
                                  device const float* values [[buffer(0)]],
                                  constant PackingParameters& parameters [[buffer(1)]],
                                  uint3 position [[thread_position_in_grid]]) {
  if (!outside(position.xy, position.z, parameters)) {
    image.write(load_texel(position.xy, position.z, values, parameters), position.xy, position.z);
  }
}

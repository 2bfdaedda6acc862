// A picture's pixels to the network's input: bilinear as TensorFlow's
// resize_bilinear_op.cc, columns first, then scaled. The same arithmetic as core/sampling.cc.
#include <metal_stdlib>

#include "parameters.h"

using namespace metal;
using namespace mobilenet_kernels;

static inline float3 pixel_at(texture2d<uint, access::read> picture, int row, int column) {
  return float3(picture.read(uint2(uint(column), uint(row))).rgb);
}

static inline float3 blend(float3 from, float3 to, float lerp) { return from + (to - from) * lerp; }

kernel void sample_picture(texture2d<uint, access::read> picture [[texture(0)]],
                           texture2d<float, access::write> input [[texture(1)]],
                           constant SamplingParameters& parameters [[buffer(0)]],
                           device const Tap* rows [[buffer(1)]],
                           device const Tap* columns [[buffer(2)]],
                           uint2 position [[thread_position_in_grid]]) {
  if (position.x >= parameters.width || position.y >= parameters.height) {
    return;
  }
  if (position.x >= parameters.content_width || position.y >= parameters.content_height) {
    input.write(float4(parameters.padding[0], parameters.padding[1], parameters.padding[2], 0.0f),
                position);
    return;
  }
  const Tap row = rows[position.y];
  const Tap column = columns[position.x];
  const float3 above = blend(pixel_at(picture, row.lower, column.lower),
                             pixel_at(picture, row.lower, column.upper), column.lerp);
  const float3 below = blend(pixel_at(picture, row.upper, column.lower),
                             pixel_at(picture, row.upper, column.upper), column.lerp);
  const float3 scale = float3(parameters.scale[0], parameters.scale[1], parameters.scale[2]);
  const float3 offset = float3(parameters.offset[0], parameters.offset[1], parameters.offset[2]);
  input.write(float4(blend(above, below, row.lerp) * scale + offset, 0.0f), position);
}

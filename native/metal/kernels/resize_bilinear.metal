// Bilinear resize of an image to any size, with TensorFlow's coordinates worked out beforehand: MPS
// has a kernel for it but no node, and nothing with aligned corners that is not a whole multiple.
#include <metal_stdlib>

#include "parameters.h"

using namespace metal;
using namespace mobilenet_kernels;

static inline float4 texel_of(texture2d<float, access::read> image, int row, int column, uint) {
  return image.read(uint2(uint(column), uint(row)));
}

static inline float4 texel_of(texture2d_array<float, access::read> image, int row, int column,
                              uint slice) {
  return image.read(uint2(uint(column), uint(row)), slice);
}

static inline float4 mix_texels(float4 from, float4 to, float lerp) {
  return from + (to - from) * lerp;
}

template <typename Image>
static inline float4 resized_texel(Image image, Tap row, Tap column, uint slice) {
  const float4 above = mix_texels(texel_of(image, row.lower, column.lower, slice),
                                  texel_of(image, row.lower, column.upper, slice), column.lerp);
  const float4 below = mix_texels(texel_of(image, row.upper, column.lower, slice),
                                  texel_of(image, row.upper, column.upper, slice), column.lerp);
  return mix_texels(above, below, row.lerp);
}

kernel void resize_bilinear(texture2d<float, access::read> source [[texture(0)]],
                            texture2d<float, access::write> result [[texture(1)]],
                            constant ResizeParameters& parameters [[buffer(0)]],
                            device const Tap* rows [[buffer(1)]],
                            device const Tap* columns [[buffer(2)]],
                            uint3 position [[thread_position_in_grid]]) {
  if (position.x < parameters.width && position.y < parameters.height) {
    result.write(resized_texel(source, rows[position.y], columns[position.x], 0), position.xy);
  }
}

kernel void resize_bilinear_slices(texture2d_array<float, access::read> source [[texture(0)]],
                                   texture2d_array<float, access::write> result [[texture(1)]],
                                   constant ResizeParameters& parameters [[buffer(0)]],
                                   device const Tap* rows [[buffer(1)]],
                                   device const Tap* columns [[buffer(2)]],
                                   uint3 position [[thread_position_in_grid]]) {
  if (position.x < parameters.width && position.y < parameters.height &&
      position.z < parameters.slices) {
    result.write(resized_texel(source, rows[position.y], columns[position.x], position.z),
                 position.xy, position.z);
  }
}

#pragma once

#include <array>
#include <cstdint>

#include "shader_function.h"

namespace apple_double {

struct TexelPosition {
  uint32_t x = 0;
  uint32_t y = 0;
  uint32_t slice = 0;
};

// A texel as a kernel sees it: T is float or uint32_t. Components that the format lacks read as 0,
// a missing alpha as 1, and what is written to them goes nowhere. Both throw std::logic_error when
// the position is outside the texture or the format does not go with T.
template <typename T>
std::array<T, 4> ReadTexel(const TextureView& texture, const TexelPosition& position);
template <typename T>
void WriteTexel(const TextureView& texture, const TexelPosition& position,
                const std::array<T, 4>& texel);

}  // namespace apple_double

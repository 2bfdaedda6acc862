#pragma once

#include <cstddef>
#include <cstring>

namespace apple_double {

// What undefined memory holds. As float16 53,056, as float32 3e35: finite, as MPSImage.h wants of
// padding channels, and far from anything a network computes.
inline constexpr unsigned char kPoison = 0x7a;

inline void Poison(std::byte* bytes, size_t count) { std::memset(bytes, kPoison, count); }

// What kernels leave in the channels that pad the last slice: whoever reads them finds this.
inline constexpr float kGarbage = 12345;

}  // namespace apple_double

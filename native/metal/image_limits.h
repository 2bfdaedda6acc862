#pragma once

#include <cstdint>

namespace mobilenet::metal {

// Limits of Metal's textures on every GPU that macOS 12 runs on (Metal Feature Set Tables).
inline constexpr int32_t kMostTextureSide = 16384;  // pixels
inline constexpr int32_t kMostSlices = 2048;

// Channels of an image in one slice of its texture.
inline constexpr int32_t kSliceChannels = 4;

}  // namespace mobilenet::metal

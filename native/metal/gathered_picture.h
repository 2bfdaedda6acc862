#pragma once

#include <cstdint>
#include <vector>

#include "core/bilinear.h"
#include "core/placement.h"

namespace mobilenet::metal {

// The pixels of a picture that sampling reads, and no others: at most two rows and two columns for
// each of the network's input, however large the picture. As the network sees the picture: turned
// and cut.
struct GatheredPicture {
  Extent size;
  std::vector<uint8_t> pixels;       // RGBA8, alpha 255
  std::vector<BilinearTap> rows;     // one per row of the content, into the gathered rows
  std::vector<BilinearTap> columns;  // likewise
  Extent content;                    // the top left part of the input that the picture fills
};

// Of a checked picture (CheckPicture). `reused` gives up its memory.
GatheredPicture Gather(const Picture& picture, const Rectangle& region, int rotation,
                       const Preprocessing& preprocessing, GatheredPicture reused = {});

}  // namespace mobilenet::metal

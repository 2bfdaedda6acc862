#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "core/program.h"

namespace mobilenet::metal {

// A network on a GPU is a list of actions: MPSNNGraphs, and kernels of our own for what MPS lacks.
// Between them a value is an image (channels four by four in slices, as MPS has it) or packed (a
// buffer of float32 rows, columns, channels), or both. Values and steps are numbers of the Program.

// Steps that become one MPSNNGraph: images in, images out.
struct GraphAction {
  std::vector<size_t> steps;
  std::vector<size_t> sources;
  std::vector<size_t> results;
};

// An image, to another of any size.
struct ResizeAction {
  size_t step = 0;
};

// An image's channels into packed channels of a value, from `first` on: the value's own, or that of
// a concatenation.
struct PackAction {
  size_t value = 0;
  size_t into = 0;
  int32_t first = 0;
};

// A packed value, to an image.
struct UnpackAction {
  size_t value = 0;
};

// Softmax or sigmoid, packed to packed.
struct ScoreAction {
  size_t step = 0;
};

using Action = std::variant<GraphAction, ResizeAction, PackAction, UnpackAction, ScoreAction>;

struct Plan {
  std::vector<Action> actions;
  // How often each value's image is read. Where it is not 0 and no graph makes the value, the image
  // is ours to make: temporary, for as many reads.
  std::vector<size_t> image_reads;
  std::vector<bool> packed;  // which values have a packed form; all outputs do
};

enum class InputForm { kImage, kPacked };

// Throws kUnsupportedOperation for a value too large for an image.
Plan MakePlan(const Program& program, InputForm input);

}  // namespace mobilenet::metal

#include "core/memory_plan.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "core/blocks.h"
#include "core/error.h"

namespace mobilenet {
namespace {

// Steps during which a value must keep its memory, both included; the input is there at 0, before
// the first step.
struct Lifetime {
  size_t first = 0;
  size_t last = 0;
  bool is_output = false;
};

struct Place {
  size_t offset = 0;
  size_t size = 0;
  size_t value = 0;
};

std::vector<Lifetime> Lifetimes(const Program& program) {
  std::vector<Lifetime> lifetimes(program.values.size());
  size_t now = 0;
  for (const Step& step : program.steps) {
    ++now;
    lifetimes[step.output] = {now, now, false};
    for (const size_t input : step.inputs) {
      lifetimes[input].last = now;
    }
  }
  // An executor that runs a block as one operation reads its inputs while it writes the output.
  for (const Block& block : FindBlocks(program)) {
    const size_t end = block.first + block.count;
    for (size_t i = block.first; i < end; i++) {
      for (const size_t input : program.steps[i].inputs) {
        if (lifetimes[input].first <= block.first) {
          lifetimes[input].last = std::max(lifetimes[input].last, end);
        }
      }
    }
  }
  for (const ProgramOutput& output : program.outputs) {
    lifetimes[output.value].last = now;
    lifetimes[output.value].is_output = true;
  }
  return lifetimes;
}

bool Overlap(const Lifetime& a, const Lifetime& b) {
  const bool input_and_output = (a.first == 0 && b.is_output) || (b.first == 0 && a.is_output);
  return input_and_output || (a.first <= b.last && b.first <= a.last);
}

size_t AlignUp(size_t size) {
  return (size + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

// The smallest gap that `size` fits in between the places (sorted by offset) whose values live at
// the same time as this one, or the place behind them all.
size_t FindOffset(const std::vector<Place>& places, const std::vector<Lifetime>& lifetimes,
                  const Lifetime& lifetime, size_t size) {
  size_t end = 0;  // of the places passed so far
  size_t best_offset = 0;
  size_t best_gap = 0;
  for (const Place& place : places) {
    if (!Overlap(lifetimes[place.value], lifetime)) {
      continue;
    }
    if (place.offset >= end + size && (best_gap == 0 || place.offset - end < best_gap)) {
      best_offset = end;
      best_gap = place.offset - end;
    }
    end = std::max(end, place.offset + place.size);
  }
  return best_gap == 0 ? end : best_offset;
}

[[noreturn]] void FailTooLarge(const Program& program, const Value& value) {
  const auto mebibytes = [](size_t floats) {
    return std::to_string((floats * sizeof(float)) >> 20) + " MiB";
  };
  throw Error(ErrorCode::kOutOfMemory,
              "the network's values need more than " + mebibytes(kMaxArenaSize) +
                  " of memory for an input of " + ToString(program.values[0].shape) + ": value '" +
                  value.name + "' of " + ToString(value.shape) + " takes " +
                  mebibytes(ElementCount(value.shape)) + " and finds no place");
}

}  // namespace

void PlanMemory(Program& program) {
  const std::vector<Lifetime> lifetimes = Lifetimes(program);
  std::vector<size_t> sizes;
  sizes.reserve(program.values.size());
  for (const Value& value : program.values) {
    sizes.push_back(AlignUp(ElementCount(value.shape)));
  }
  // Largest first: the small values then fill the gaps (Pisarchyk and Lee, "Efficient Memory
  // Management for Deep Neural Net Inference", 2020).
  std::vector<size_t> order(program.values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return sizes[a] != sizes[b] ? sizes[a] > sizes[b] : a < b; });

  program.arena_size = 0;
  std::vector<Place> places;
  places.reserve(order.size());
  for (const size_t index : order) {
    Value& value = program.values[index];
    value.offset = FindOffset(places, lifetimes, lifetimes[index], sizes[index]);
    const size_t end = value.offset + sizes[index];  // below 2^30 + 2^29: cannot overflow
    if (end > kMaxArenaSize) {
      FailTooLarge(program, value);
    }
    program.arena_size = std::max(program.arena_size, end);
    const Place place{value.offset, sizes[index], index};
    places.insert(
        std::upper_bound(places.begin(), places.end(), place,
                         [](const Place& a, const Place& b) { return a.offset < b.offset; }),
        place);
  }
}

}  // namespace mobilenet

#include "core/readers.h"

namespace mobilenet {

std::vector<size_t> CountReaders(const Program& program) {
  std::vector<size_t> readers(program.values.size(), 0);
  for (const Step& step : program.steps) {
    for (const size_t input : step.inputs) {
      ++readers[input];
    }
  }
  for (const ProgramOutput& output : program.outputs) {
    ++readers[output.value];
  }
  return readers;
}

}  // namespace mobilenet

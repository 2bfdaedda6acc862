#pragma once

#include <string>
#include <vector>

#include "cpu/cpu_executor.h"
#include "graph_tester.h"

namespace mobilenet::test {

// Every instruction set of this machine alone, with as many threads as it may have cores, and with
// a number that divides nothing.
inline std::vector<CpuOptions> CpuVariants() {
  std::vector<CpuOptions> variants;
  for (const std::string& set : InstructionSets()) {
    for (const int threads : {1, 2, 5}) {
      variants.push_back({threads, set});
    }
  }
  return variants;
}

inline Candidate CandidateOf(const CpuOptions& options) {
  return {options.instruction_set + ", threads: " + std::to_string(options.threads),
          [options](const Program& program) { return MakeCpuExecutor(program, options); }};
}

inline Candidates EveryCpuVariant() {
  Candidates candidates;
  for (const CpuOptions& options : CpuVariants()) {
    candidates.push_back(CandidateOf(options));
  }
  return candidates;
}

// For what threads have no part in.
inline Candidates EveryInstructionSet() {
  Candidates candidates;
  for (const std::string& set : InstructionSets()) {
    candidates.push_back(CandidateOf({1, set}));
  }
  return candidates;
}

}  // namespace mobilenet::test

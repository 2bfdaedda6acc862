#include "cpu/instruction_set.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "core/error.h"
#include "cpu/cpu_executor.h"

namespace mobilenet {
namespace {

#if defined(__x86_64__)
// F16C: not every compiler's __builtin_cpu_supports knows the name.
bool ConvertsHalves() {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
}
#endif

std::vector<InstructionSet> DetectInstructionSets() {
  std::vector<InstructionSet> sets;
#if defined(__x86_64__)
  // The compiler's run-time support also asks the operating system (XGETBV) whether it saves the
  // wider registers. The features are those the kernels are compiled with in sources.json.
  __builtin_cpu_init();
  const bool avx2 =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && ConvertsHalves();
  if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")) {
    sets.push_back({"avx512", &Avx512Kernels()});
  }
  if (avx2) {
    sets.push_back({"avx2", &Avx2Kernels()});
  }
#elif defined(__aarch64__)
  sets.push_back({"neon", &NeonKernels()});  // every 64-bit ARM has it
#endif
  sets.push_back({"portable", &PortableKernels()});
  return sets;
}

}  // namespace

const std::vector<InstructionSet>& SupportedInstructionSets() {
  static const std::vector<InstructionSet> sets = DetectInstructionSets();
  return sets;
}

const InstructionSet& FindInstructionSet(const std::string& name) {
  const std::vector<InstructionSet>& sets = SupportedInstructionSets();
  if (name == "auto") {
    return sets.front();
  }
  std::string known = "auto";
  for (const InstructionSet& set : sets) {
    if (set.name == name) {
      return set;
    }
    known += ", " + set.name;
  }
  throw Error(ErrorCode::kInvalidOption, "Expected an instruction set this machine has (" + known +
                                             ") but received '" + name + "'");
}

std::vector<std::string> InstructionSets() {
  std::vector<std::string> names;
  for (const InstructionSet& set : SupportedInstructionSets()) {
    names.push_back(set.name);
  }
  return names;
}

}  // namespace mobilenet

// The kernels for processors with AVX2, FMA and F16C, whatever the flags of the build.
#if defined(__x86_64__)

#include "../metal/poison.h"
#include "compute_vector_kernels.h"

namespace apple_double {

namespace avx2 {
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "compute_vector_kernels.inc"
#pragma clang attribute pop
}  // namespace avx2

const VectorKernels& Avx2Vectors() { return avx2::kKernels; }

}  // namespace apple_double

#endif

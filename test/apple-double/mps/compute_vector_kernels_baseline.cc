#include "../metal/poison.h"
#include "compute_vector_kernels.h"

namespace apple_double {

namespace baseline {
#include "compute_vector_kernels.inc"
}  // namespace baseline

const VectorKernels& BaselineVectors() { return baseline::kKernels; }

}  // namespace apple_double

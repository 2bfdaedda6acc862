#pragma once

#include "kernel_internal.h"

// MPSNNConcatenationNode's kernel. MPS writes the sources straight into the result; the double
// copies them there.
@interface AppleDoubleConcatenation : MPSKernel
@end

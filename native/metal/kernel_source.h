#pragma once

namespace mobilenet::metal {

// The files of kernels/ as one text for Metal's compiler. Defined by what embed-kernels.js writes.
extern const char kKernelSource[];

}  // namespace mobilenet::metal

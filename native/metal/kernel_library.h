#pragma once

#import <Metal/Metal.h>

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>

namespace mobilenet::metal {

// Our own kernels, in kernels/*.metal.
enum class Kernel {
  kSamplePicture,
  kPackChannels,
  kPackChannelSlices,
  kUnpackChannels,
  kUnpackChannelSlices,
  kResizeBilinear,
  kResizeBilinearSlices,
  kSoftmax,
  kSigmoid,
  kLabelPixels,  // the last: see kKernels
};

// The kernels compiled for one GPU, from the source that the addon carries. Sessions on the same
// GPU share one library for as long as any of them lives: it never changes once it is compiled.
class KernelLibrary {
 public:
  static std::shared_ptr<KernelLibrary> For(id<MTLDevice> device);

  // Compiles the library. Throws kInternal with what the compiler says.
  explicit KernelLibrary(id<MTLDevice> device);

  // Made at the first call, which takes some milliseconds; any thread.
  id<MTLComputePipelineState> Pipeline(Kernel kernel);

 private:
  static constexpr size_t kKernels = static_cast<size_t>(Kernel::kLabelPixels) + 1;

  id<MTLDevice> device_;
  id<MTLLibrary> library_;
  std::mutex mutex_;
  std::array<id<MTLComputePipelineState>, kKernels> pipelines_{};  // guarded by mutex_
};

}  // namespace mobilenet::metal

#include "metal/kernel_library.h"

#import <Foundation/Foundation.h>

#include <map>
#include <string>

#include "core/error.h"
#include "metal/guarded.h"
#include "metal/kernel_source.h"

namespace mobilenet::metal {
namespace {

NSString* NameOf(Kernel kernel) {
  switch (kernel) {
    case Kernel::kSamplePicture:
      return @"sample_picture";
    case Kernel::kPackChannels:
      return @"pack_channels";
    case Kernel::kPackChannelSlices:
      return @"pack_channel_slices";
    case Kernel::kUnpackChannels:
      return @"unpack_channels";
    case Kernel::kUnpackChannelSlices:
      return @"unpack_channel_slices";
    case Kernel::kResizeBilinear:
      return @"resize_bilinear";
    case Kernel::kResizeBilinearSlices:
      return @"resize_bilinear_slices";
    case Kernel::kSoftmax:
      return @"softmax";
    case Kernel::kSigmoid:
      return @"sigmoid";
    case Kernel::kLabelPixels:
      return @"label_pixels";
  }
  return @"";
}

Error Failure(const char* what, NSError* error) {
  return {ErrorCode::kInternal, std::string("Metal could not ") + what + ": " +
                                    (error != nil ? ToText(error.localizedDescription)
                                                  : std::string("it gives no reason"))};
}

}  // namespace

std::shared_ptr<KernelLibrary> KernelLibrary::For(id<MTLDevice> device) {
  static std::mutex mutex;
  // Weak: nothing of it outlives the last session.
  static std::map<uint64_t, std::weak_ptr<KernelLibrary>> cache;
  const std::lock_guard lock(mutex);
  std::weak_ptr<KernelLibrary>& cached = cache[device.registryID];
  std::shared_ptr<KernelLibrary> library = cached.lock();
  // A GPU that was away and came back is another object.
  if (!library || library->device_ != device) {
    library = std::make_shared<KernelLibrary>(device);
    cached = library;
  }
  return library;
}

KernelLibrary::KernelLibrary(id<MTLDevice> device) : device_(device) {
  MTLCompileOptions* options = [[MTLCompileOptions alloc] init];
  // Sums in the order they are written, and infinities as such: results like the processor's.
  options.fastMathEnabled = NO;
  NSError* error = nil;
  library_ = [device newLibraryWithSource:ToObjectiveC(kKernelSource) options:options error:&error];
  if (library_ == nil) {
    throw Failure("compile the kernels", error);
  }
}

id<MTLComputePipelineState> KernelLibrary::Pipeline(Kernel kernel) {
  const std::lock_guard lock(mutex_);
  id<MTLComputePipelineState> __strong& pipeline = pipelines_.at(static_cast<size_t>(kernel));
  if (pipeline == nil) {
    id<MTLFunction> function = [library_ newFunctionWithName:NameOf(kernel)];
    NSError* error = nil;
    if (function != nil) {
      pipeline = [device_ newComputePipelineStateWithFunction:function error:&error];
    }
    if (pipeline == nil) {
      throw Failure("prepare a kernel", error);
    }
  }
  return pipeline;
}

}  // namespace mobilenet::metal

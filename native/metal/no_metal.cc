// Where there is no Metal: the functions of metal_device.h and metal_runner.h find no GPU.
#include "core/error.h"
#include "metal/metal_device.h"
#include "metal/metal_runner.h"

namespace mobilenet {
namespace {

Error NoMetal() { return {ErrorCode::kNoDevice, "there is no Apple GPU on this system"}; }

}  // namespace

std::vector<MetalDevice> MetalDevices() { return {}; }

std::optional<MetalDevice> PreferredMetalDevice() { return std::nullopt; }

std::unique_ptr<FrameRunner> MakeMetalRunner(const Program&, const ModelRecord&,
                                             const MetalOptions&) {
  throw NoMetal();
}

std::unique_ptr<Executor> MakeMetalExecutor(const Program&, const MetalOptions&) {
  throw NoMetal();
}

}  // namespace mobilenet

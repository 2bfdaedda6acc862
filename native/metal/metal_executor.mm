#import <Foundation/Foundation.h>
#import <Metal/Metal.h>

#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.h"
#include "metal/command_error.h"
#include "metal/device.h"
#include "metal/guarded.h"
#include "metal/metal_runner.h"
#include "metal/network.h"
#include "metal/shared_buffer.h"
#include "metal/step_weights.h"

namespace mobilenet {
namespace metal {
namespace {

class MetalExecutor final : public Executor {
 public:
  MetalExecutor(const Program& program, const MetalOptions& options)
      : program_(WithoutWeights(program)), weights_(PackAllWeights(program, options.precision)) {
    Guarded([&] {
      id<MTLDevice> device = FindDevice(options.registry_id);
      queue_ = [device newCommandQueue];
      network_ = std::make_unique<Network>(program_, MakePlan(program_, InputForm::kPacked),
                                           weights_, device, options.precision, 1);
      buffers_ = network_->MakeOutputs();
      if (buffers_[0] == nil) {
        buffers_[0] = network_->MakeShared(0);
      }
    });
  }

  MetalExecutor(const MetalExecutor&) = delete;
  MetalExecutor& operator=(const MetalExecutor&) = delete;

  ~MetalExecutor() override {
    GuardedTeardown([this] {
      network_.reset();
      buffers_.clear();
    });
  }

  std::span<float> input() override { return ContentsOf<float>(buffers_[0]); }

  bool Run(const std::atomic<bool>& stop) override {
    if (stop.load(std::memory_order_relaxed)) {
      return false;
    }
    const auto ended = std::make_shared<std::promise<std::optional<Error>>>();
    std::future<std::optional<Error>> outcome = ended->get_future();
    Guarded([&] {
      id<MTLCommandBuffer> commands = [queue_ commandBuffer];
      if (commands == nil) {
        throw Error(ErrorCode::kDeviceLost, "Metal gave no command buffer");
      }
      std::vector<FrameValues> frames;
      frames.push_back(network_->EmptyFrame());
      frames[0].packed = buffers_;
      network_->Encode(commands, frames);
      [commands addCompletedHandler:^(id<MTLCommandBuffer> finished) {
        ended->set_value(ErrorOfCommands(finished));
      }];
      [commands commit];
    });
    if (const std::optional<Error> error = outcome.get()) {
      throw Error(*error);
    }
    return true;
  }

  std::span<const float> output(size_t index) const override {
    return ContentsOf<const float>(buffers_[program_.outputs.at(index).value]);
  }

  const Program& program() const override { return program_; }
  std::string instruction_set() const override { return "metal"; }

  size_t weight_bytes() const override { return BytesOf(weights_); }

 private:
  const Program program_;
  const StepWeights weights_;
  id<MTLCommandQueue> queue_ = nil;
  std::unique_ptr<Network> network_;
  ValueBuffers buffers_;  // the input's and the outputs'
};

}  // namespace
}  // namespace metal

std::unique_ptr<Executor> MakeMetalExecutor(const Program& program, const MetalOptions& options) {
  return std::make_unique<metal::MetalExecutor>(program, options);
}

}  // namespace mobilenet

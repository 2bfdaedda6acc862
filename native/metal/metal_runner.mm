#include "metal/metal_runner.h"

#import <Foundation/Foundation.h>
#import <Metal/Metal.h>
#import <MetalPerformanceShaders/MetalPerformanceShaders.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/error.h"
#include "metal/command_error.h"
#include "metal/device.h"
#include "metal/frame_slot.h"
#include "metal/guarded.h"
#include "metal/network.h"
#include "metal/step_weights.h"

namespace mobilenet {
namespace metal {
namespace {

constexpr size_t kMostFramesInFlight = 16;
constexpr size_t kMostBatch = 64;

// How long MPS keeps the memory of temporary images for the next frame. Its default of five seconds
// would hold it long after a session has been disposed of.
constexpr double kHeapCacheSeconds = 1;

// How a command buffer ended. Written on whatever thread Metal calls, before the session is told.
struct Outcome {
  std::optional<Error> error;
  double gpu_milliseconds = 0;
  Clock::time_point ended;
};

// A GPU with the network on it. Made anew after the GPU was lost.
struct Installation {
  Installation(const Program& program, const StepWeights& weights, const MetalOptions& options)
      : device(FindDevice(options.registry_id)),
        watch(device),
        queue([device newCommandQueue]),
        network(program, MakePlan(program, InputForm::kImage), weights, device, options.precision,
                options.batch_size) {
    if (queue == nil) {
      throw Error(ErrorCode::kDeviceLost, "Metal gave no command queue");
    }
    queue.label = @"mobilenet-metal";
  }

  id<MTLDevice> device;
  DeviceWatch watch;
  id<MTLCommandQueue> queue;
  Network network;
};

// Frames that share a command buffer.
struct Place {
  bool busy = false;
  std::shared_ptr<const Installation> installation;  // that the slots belong to
  std::vector<std::unique_ptr<FrameSlot>> slots;     // as many as were ever needed at once
  std::shared_ptr<Outcome> outcome;
  Clock::time_point committed;
};

class MetalRunner final : public FrameRunner {
 public:
  MetalRunner(const Program& program, const ModelRecord& record, const MetalOptions& options)
      : program_(WithoutWeights(program)),
        record_(record),
        options_(options),
        weights_(PackAllWeights(program, options.precision)),
        places_(options.frames_in_flight) {
    CheckRecord(record_, program_);
    Guarded([&] {
      Install();
      description_ = ToText(installation_->device.name) +
                     (options.precision == MetalPrecision::kFloat16 ? ", float16" : ", float32");
      // The first place at once, so that the first frame does not pay for it.
      AddSlots(places_.front(), 1);
      installation_->network.kernels().Pipeline(Kernel::kSamplePicture);
    });
  }

  MetalRunner(const MetalRunner&) = delete;
  MetalRunner& operator=(const MetalRunner&) = delete;

  ~MetalRunner() override {
    GuardedTeardown([this] {
      places_.clear();
      installation_.reset();
    });
  }

  const Program& program() const override { return program_; }
  size_t places() const override { return places_.size(); }
  size_t FramesToBegin(size_t waiting) const override {
    return std::min(waiting, options_.batch_size);
  }
  std::string description() const override { return description_; }

  // MPS keeps its own counsel about temporary images; the arena says what they come to.
  RunnerMemory memory() const override {
    const size_t element = options_.precision == MetalPrecision::kFloat16 ? 2 : sizeof(float);
    size_t outputs = 0;
    for (const ProgramOutput& output : program_.outputs) {
      outputs += ElementCount(program_.values[output.value].shape) * sizeof(float);
    }
    return {(program_.arena_size * element + outputs) * places_.size() * options_.batch_size,
            BytesOf(weights_)};
  }

  void Begin(size_t place, std::span<const FrameJob> jobs, const Ready& ready) override {
    Guarded([&] { BeginInPool(place, jobs, ready); });
  }

  Answer Finish(size_t place, size_t index, const FrameJob& job) override {
    Place& finished = places_[place];
    const Outcome& outcome = *finished.outcome;
    if (outcome.error) {
      throw Error(*outcome.error);
    }
    const auto started = Clock::now();
    // What the GPU did not spend on this frame it spent on those before.
    job.timing.network = outcome.gpu_milliseconds;
    job.timing.queue +=
        std::max(0.0, Milliseconds(outcome.ended - finished.committed) - outcome.gpu_milliseconds);
    Answer answer;
    Guarded([&] { answer = finished.slots[index]->Finish(record_, job.frame, job.request); });
    job.timing.postprocess = Milliseconds(Clock::now() - started);
    return answer;
  }

  void Release(size_t place) noexcept override {
    GuardedTeardown([&] {
      Place& released = places_[place];
      released.busy = false;
      // Here and not in Finish, which is not called for frames that nobody wants any more.
      const std::optional<Error>& error = released.outcome->error;
      if (error && error->code() == ErrorCode::kDeviceLost &&
          released.installation == installation_) {
        lost_ = true;
      }
      for (const std::unique_ptr<FrameSlot>& slot : released.slots) {
        slot->Forget();
      }
      DropOldSlots(released);
    });
  }

 private:
  void Install() {
    installation_ = std::make_shared<const Installation>(program_, weights_, options_);
    lost_ = false;
    for (Place& place : places_) {
      DropOldSlots(place);
    }
  }

  // What belongs to a GPU that was lost goes as soon as nothing of it is in flight.
  void DropOldSlots(Place& place) {
    if (!place.busy && place.installation != installation_) {
      place.slots.clear();
      place.installation = nullptr;
    }
  }

  void AddSlots(Place& place, size_t count) {
    DropOldSlots(place);
    place.installation = installation_;
    while (place.slots.size() < count) {
      place.slots.push_back(std::make_unique<FrameSlot>(installation_->network, program_, record_));
    }
  }

  void BeginInPool(size_t index, std::span<const FrameJob> jobs, const Ready& ready) {
    const auto started = Clock::now();
    if (lost_ || installation_->watch.gone()) {
      Install();
    }
    Place& place = places_[index];
    AddSlots(place, jobs.size());
    const Network& network = installation_->network;
    id<MTLCommandBuffer> commands = [installation_->queue commandBuffer];
    if (commands == nil) {
      lost_ = true;
      throw Error(ErrorCode::kDeviceLost, "Metal gave no command buffer");
    }
    commands.label = @"mobilenet-metal frame";
    MPSSetHeapCacheDuration(commands, kHeapCacheSeconds);
    std::vector<FrameValues> frames;
    frames.reserve(jobs.size());
    for (size_t i = 0; i < jobs.size(); ++i) {
      frames.push_back(network.EmptyFrame());
      place.slots[i]->Begin(commands, network, jobs[i].frame, frames.back());
    }
    network.Encode(commands, frames);
    for (size_t i = 0; i < jobs.size(); ++i) {
      place.slots[i]->EncodeLabels(commands, network, record_, jobs[i].frame, jobs[i].request);
    }
    Commit(commands, index, ready);
    for (const FrameJob& job : jobs) {
      job.timing.preprocess = Milliseconds(place.committed - started);
    }
  }

  void Commit(id<MTLCommandBuffer> commands, size_t index, const Ready& ready) {
    Place& place = places_[index];
    place.outcome = std::make_shared<Outcome>();
    const std::shared_ptr<Outcome> outcome = place.outcome;
    const Ready tell = ready;
    [commands addCompletedHandler:^(id<MTLCommandBuffer> ended) {
      outcome->ended = Clock::now();
      outcome->gpu_milliseconds = (ended.GPUEndTime - ended.GPUStartTime) * 1000;
      outcome->error = ErrorOfCommands(ended);
      tell(index);
    }];
    place.committed = Clock::now();
    [commands commit];
    place.busy = true;
  }

  const Program program_;
  const ModelRecord record_;
  const MetalOptions options_;
  const StepWeights weights_;
  std::shared_ptr<const Installation> installation_;
  std::vector<Place> places_;
  bool lost_ = false;
  std::string description_;
};

void CheckRange(const char* name, size_t value, size_t most) {
  if (value < 1 || value > most) {
    throw Error(ErrorCode::kInvalidOption, std::string("expected ") + name + " from 1 to " +
                                               std::to_string(most) + " but received " +
                                               std::to_string(value));
  }
}

}  // namespace
}  // namespace metal

std::unique_ptr<FrameRunner> MakeMetalRunner(const Program& program, const ModelRecord& record,
                                             const MetalOptions& options) {
  metal::CheckRange("framesInFlight", options.frames_in_flight, metal::kMostFramesInFlight);
  metal::CheckRange("batchSize", options.batch_size, metal::kMostBatch);
  return std::make_unique<metal::MetalRunner>(program, record, options);
}

}  // namespace mobilenet

#include "command_queue.h"

#include <utility>

#include "command_buffer.h"

namespace apple_double {

void QueueState::CountOneMore() {
  std::unique_lock lock(mutex_);
  fewer_.wait(lock, [this] { return unfinished_ < limit_; });
  ++unfinished_;
}

void QueueState::CountOneLess() {
  const std::lock_guard lock(mutex_);
  --unfinished_;
  fewer_.notify_one();
}

std::shared_ptr<Place> QueueState::Append() {
  const std::lock_guard lock(mutex_);
  places_.push_back(std::make_shared<Place>());
  return places_.back();
}

void QueueState::Commit(const std::shared_ptr<Place>& place, std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  place->work = std::move(work);
  RunReady();
}

void QueueState::Cancel(const std::shared_ptr<Place>& place) {
  const std::lock_guard lock(mutex_);
  place->cancelled = true;
  RunReady();
}

// Command buffers run in the order in which they were enqueued: one that is not committed yet holds
// up those behind it.
void QueueState::RunReady() {
  while (!places_.empty() && (places_.front()->cancelled || places_.front()->work != nullptr)) {
    if (!places_.front()->cancelled) {
      gpu_->Post(std::move(places_.front()->work));
    }
    places_.pop_front();
  }
}

}  // namespace apple_double

@implementation AppleDoubleCommandQueue {
  AppleDoubleDevice* _device;
  std::shared_ptr<apple_double::QueueState> _state;
}

@synthesize label = _label;

- (instancetype)initWithDevice:(AppleDoubleDevice*)device limit:(NSUInteger)limit {
  if ((self = [super init])) {
    _device = device;
    _state = std::make_shared<apple_double::QueueState>(limit);
  }
  return self;
}

- (std::shared_ptr<apple_double::QueueState>)state {
  return _state;
}

- (id<MTLDevice>)device {
  return _device;
}

- (id<MTLCommandBuffer>)commandBuffer {
  return [[AppleDoubleCommandBuffer alloc] initWithQueue:self];
}

@end

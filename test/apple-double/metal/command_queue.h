#pragma once

#import <Metal/MTLCommandQueue.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "device.h"
#include "threads.h"

namespace apple_double {

// A command buffer's place in its queue, from -enqueue or -commit on.
struct Place {
  std::function<void()> work;  // once it is committed
  bool cancelled = false;      // the command buffer was released before it was committed
};

// The order of a queue's command buffers, how many there are, and the lanes they run in. Command
// buffers keep it alive, so that a queue may be released while they run.
class QueueState {
 public:
  explicit QueueState(size_t limit) : limit_(limit) {}

  // Waits while as many command buffers as the queue allows are not done.
  void CountOneMore();
  void CountOneLess();

  std::shared_ptr<Place> Append();
  void Commit(const std::shared_ptr<Place>& place, std::function<void()> work);
  void Cancel(const std::shared_ptr<Place>& place);

  const std::shared_ptr<SerialLane>& Handlers() const { return handlers_; }

 private:
  void RunReady();

  const size_t limit_;
  std::mutex mutex_;
  std::condition_variable fewer_;
  size_t unfinished_ = 0;
  std::deque<std::shared_ptr<Place>> places_;
  std::shared_ptr<SerialLane> gpu_ = std::make_shared<SerialLane>();
  std::shared_ptr<SerialLane> handlers_ = std::make_shared<SerialLane>();
};

}  // namespace apple_double

@interface AppleDoubleCommandQueue : NSObject <MTLCommandQueue>
- (instancetype)initWithDevice:(AppleDoubleDevice*)device limit:(NSUInteger)limit;
- (std::shared_ptr<apple_double::QueueState>)state;
@end

#include "command_buffer.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <unordered_set>
#include <utility>
#include <vector>

#include "encoders.h"
#include "faults.h"
#include "raise.h"
#include "text.h"

using apple_double::Faults;
using apple_double::QueueState;
using apple_double::RaiseInconsistency;
using apple_double::Storage;
using apple_double::TemporaryHeap;

NSErrorDomain const MTLCommandBufferErrorDomain = @"MTLCommandBufferErrorDomain";

namespace {

CFTimeInterval Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

NSString* Describe(long code) {
  switch (code) {
    case MTLCommandBufferErrorInternal:
      return @"Internal error (double)";
    case MTLCommandBufferErrorTimeout:
      return @"Caused a timeout of the GPU (double)";
    case MTLCommandBufferErrorPageFault:
      return @"Caused a page fault of the GPU (double)";
    case MTLCommandBufferErrorAccessRevoked:
      return @"Access to the GPU was revoked (double)";
    case MTLCommandBufferErrorNotPermitted:
      return @"Work is not permitted in the background (double)";
    case MTLCommandBufferErrorOutOfMemory:
      return @"Insufficient memory (double)";
    case MTLCommandBufferErrorDeviceRemoved:
      return @"The device was removed (double)";
    default:
      return [NSString stringWithFormat:@"Error %ld (double)", code];
  }
}

NSError* MakeError(long code, NSString* description) {
  return [NSError errorWithDomain:MTLCommandBufferErrorDomain
                             code:code
                         userInfo:@{NSLocalizedDescriptionKey : description}];
}

}  // namespace

@implementation AppleDoubleCommandBuffer {
  AppleDoubleCommandQueue* _queue;
  std::shared_ptr<QueueState> _queueState;
  std::shared_ptr<apple_double::Place> _place;
  std::shared_ptr<apple_double::DeviceState> _device;
  std::shared_ptr<TemporaryHeap> _heap;

  std::vector<std::function<void()>> _operations;
  std::unordered_set<std::shared_ptr<Storage>> _reads;
  std::unordered_set<std::shared_ptr<Storage>> _writes;
  std::vector<id<AppleDoubleTemporary>> _temporaries;
  std::vector<id> _kept;
  std::vector<MTLCommandBufferHandler> _scheduledHandlers;
  std::vector<MTLCommandBufferHandler> _completedHandlers;
  bool _encoderIsOpen;
  bool _encoderWasAbandoned;
  NSUInteger _debugGroups;

  // What other threads ask for.
  std::mutex _mutex;
  std::condition_variable _changed;
  MTLCommandBufferStatus _status;
  NSError* _error;
  bool _scheduledHandlersDone;
  bool _completedHandlersDone;
  std::atomic<double> _start;
  std::atomic<double> _end;
}

@synthesize label = _label;

- (instancetype)initWithQueue:(AppleDoubleCommandQueue*)queue {
  if ((self = [super init])) {
    _queue = queue;
    _queueState = [queue state];
    _device = apple_double::StateOf(queue.device);
    _queueState->CountOneMore();
  }
  return self;
}

- (void)dealloc {
  if (_status < MTLCommandBufferStatusCommitted && _queueState != nullptr) {
    if (_place != nullptr) {
      _queueState->Cancel(_place);
    }
    _queueState->CountOneLess();
  }
  for (id<AppleDoubleTemporary> temporary : _temporaries) {
    [temporary releaseMemory];
  }
}

- (id<MTLDevice>)device {
  return _queue.device;
}

- (id<MTLCommandQueue>)commandQueue {
  return _queue;
}

- (BOOL)retainedReferences {
  return YES;
}

- (MTLCommandBufferStatus)status {
  const std::lock_guard lock(_mutex);
  return _status;
}

- (NSError*)error {
  const std::lock_guard lock(_mutex);
  return _error;
}

- (CFTimeInterval)kernelStartTime {
  return _start;
}

- (CFTimeInterval)kernelEndTime {
  return _end;
}

- (CFTimeInterval)GPUStartTime {
  return _start;
}

- (CFTimeInterval)GPUEndTime {
  return _end;
}

- (std::string)name {
  return _label == nil ? "command buffer" : "command buffer " + apple_double::ToString(_label);
}

#pragma mark Encoding

- (void)requireUncommitted:(const char*)what {
  if (self.status >= MTLCommandBufferStatusCommitted) {
    RaiseInconsistency([self name] + ": " + what + " after commit");
  }
}

- (void)requireEncodable {
  [self requireUncommitted:"encoding"];
  if (_encoderIsOpen) {
    RaiseInconsistency([self name] + ": an encoder is still open");
  }
}

- (void)openEncoder {
  [self requireEncodable];
  _encoderIsOpen = true;
}

- (void)closeEncoder {
  _encoderIsOpen = false;
}

- (void)abandonEncoder {
  _encoderIsOpen = false;
  _encoderWasAbandoned = true;
  Faults::Shared().CountAbandonedEncoder();
}

- (id<MTLBlitCommandEncoder>)blitCommandEncoder {
  return [[AppleDoubleBlitEncoder alloc] initWithCommandBuffer:self];
}

- (id<MTLComputeCommandEncoder>)computeCommandEncoder {
  return [[AppleDoubleComputeEncoder alloc] initWithCommandBuffer:self];
}

- (void)pushDebugGroup:(NSString*)string {
  ++_debugGroups;
}

- (void)popDebugGroup {
  if (_debugGroups == 0) {
    RaiseInconsistency([self name] + ": popDebugGroup without pushDebugGroup:");
  }
  --_debugGroups;
}

- (void)appendOperation:(std::function<void()>)operation {
  [self requireUncommitted:"encoding"];
  _operations.push_back(std::move(operation));
}

- (void)noteRead:(std::shared_ptr<Storage>)storage {
  _reads.insert(std::move(storage));
}

- (void)noteWrite:(std::shared_ptr<Storage>)storage {
  _writes.insert(std::move(storage));
}

- (void)keep:(id)object {
  _kept.push_back(object);
}

- (std::shared_ptr<TemporaryHeap>)temporaryHeap {
  if (_heap == nullptr) {
    _heap = std::make_shared<TemporaryHeap>(_device);
  }
  return _heap;
}

- (void)addTemporary:(id<AppleDoubleTemporary>)temporary {
  _temporaries.push_back(temporary);
}

- (void)addScheduledHandler:(MTLCommandBufferHandler)block {
  [self requireUncommitted:"addScheduledHandler:"];
  _scheduledHandlers.push_back([block copy]);
}

- (void)addCompletedHandler:(MTLCommandBufferHandler)block {
  [self requireUncommitted:"addCompletedHandler:"];
  _completedHandlers.push_back([block copy]);
}

#pragma mark Committing

- (void)enqueue {
  [self requireUncommitted:"enqueue"];
  if (_place == nullptr) {
    _place = _queueState->Append();
    const std::lock_guard lock(_mutex);
    _status = MTLCommandBufferStatusEnqueued;
  }
}

- (void)commit {
  [self requireCommittable];
  // MPSImage.h: Metal's validation asserts that temporary images are read as often as they promise.
  for (id<AppleDoubleTemporary> temporary : _temporaries) {
    if (NSString* name = [temporary nameIfUnread]) {
      RaiseInconsistency([self name] + ": the readCount of temporary image " +
                         apple_double::ToString(name) + " is not 0 at commit");
    }
  }
  [self submit];
}

- (AppleDoubleCommandBuffer*)commitAndContinueOnNewBuffer {
  [self requireCommittable];
  AppleDoubleCommandBuffer* next = [[AppleDoubleCommandBuffer alloc] initWithQueue:_queue];
  next.label = self.label;
  next->_heap = _heap;
  next->_temporaries = std::move(_temporaries);
  _temporaries.clear();
  [self submit];
  return next;
}

- (void)requireCommittable {
  [self requireUncommitted:"commit"];
  if (_encoderIsOpen) {
    RaiseInconsistency([self name] + ": commit with an open encoder");
  }
  if (_encoderWasAbandoned) {
    RaiseInconsistency([self name] + ": an encoder was released without endEncoding");
  }
}

- (void)submit {
  for (id<AppleDoubleTemporary> temporary : _temporaries) {
    [temporary releaseMemory];
  }
  _temporaries.clear();
  if (_place == nullptr) {
    _place = _queueState->Append();
  }
  for (const auto& storage : _reads) {
    ++storage->pending_reads;
  }
  for (const auto& storage : _writes) {
    ++storage->pending_writes;
  }
  {
    const std::lock_guard lock(_mutex);
    _status = MTLCommandBufferStatusCommitted;
  }
  const long fault = Faults::Shared().Commit();
  _queueState->Commit(_place, [self, fault] { [self runWithFault:fault]; });
}

#pragma mark On the GPU's threads

- (void)runWithFault:(long)fault {
  [self setStatus:MTLCommandBufferStatusScheduled error:nil];
  if (_scheduledHandlers.empty()) {
    [self callScheduledHandlers];
  } else {
    _queueState->Handlers()->Post([self] { [self callScheduledHandlers]; });
  }
  Faults::Shared().WaitToRun();
  _start = Now();
  NSError* error = nil;
  if (_device->removed) {
    error =
        MakeError(MTLCommandBufferErrorDeviceRemoved, Describe(MTLCommandBufferErrorDeviceRemoved));
  } else if (fault != 0) {
    error = MakeError(fault, Describe(fault));
  } else {
    error = [self runOperations];
  }
  if (error != nil) {
    for (const auto& storage : _writes) {
      storage->GpuFailedToWrite();
    }
  }
  _end = Now();
  for (const auto& storage : _reads) {
    --storage->pending_reads;
  }
  for (const auto& storage : _writes) {
    --storage->pending_writes;
  }
  _operations.clear();
  _reads.clear();
  _writes.clear();
  _heap = nullptr;
  [self setStatus:error == nil ? MTLCommandBufferStatusCompleted : MTLCommandBufferStatusError
            error:error];
  _queueState->CountOneLess();
  _queueState->Handlers()->Post([self] { [self callCompletedHandlers]; });
}

- (NSError*)runOperations {
  try {
    for (const auto& operation : _operations) {
      operation();
    }
  } catch (const std::exception& exception) {
    return MakeError(MTLCommandBufferErrorInternal, apple_double::ToNSString(exception.what()));
  }
  return nil;
}

- (void)setStatus:(MTLCommandBufferStatus)status error:(NSError*)error {
  const std::lock_guard lock(_mutex);
  _status = status;
  _error = error;
}

- (void)callScheduledHandlers {
  for (MTLCommandBufferHandler handler : _scheduledHandlers) {
    handler(self);
  }
  _scheduledHandlers.clear();
  const std::lock_guard lock(_mutex);
  _scheduledHandlersDone = true;
  _changed.notify_all();
}

- (void)callCompletedHandlers {
  for (MTLCommandBufferHandler handler : _completedHandlers) {
    handler(self);
  }
  _completedHandlers.clear();
  _kept.clear();
  const std::lock_guard lock(_mutex);
  _completedHandlersDone = true;
  _changed.notify_all();
}

#pragma mark Waiting

- (void)waitUntilScheduled {
  std::unique_lock lock(_mutex);
  [self requireCommittedBeforeWaiting];
  _changed.wait(lock, [self] { return self->_scheduledHandlersDone; });
}

- (void)waitUntilCompleted {
  Faults::Shared().CountWait();
  std::unique_lock lock(_mutex);
  [self requireCommittedBeforeWaiting];
  _changed.wait(lock, [self] { return self->_completedHandlersDone; });
}

- (void)requireCommittedBeforeWaiting {
  if (_status < MTLCommandBufferStatusCommitted) {
    RaiseInconsistency([self name] + ": waiting before commit would never end");
  }
}

@end

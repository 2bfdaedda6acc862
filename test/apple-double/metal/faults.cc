#include "faults.h"

#include <cstdlib>
#include <string>
#include <thread>

namespace apple_double {

Faults& Faults::Shared() {
  static auto* faults = new Faults;
  return *faults;
}

Faults::Faults() {
  if (const char* fail = std::getenv("APPLE_DOUBLE_FAIL")) {
    char* end = nullptr;
    every_ = std::strtoul(fail, &end, 10);
    every_code_ = *end == ':' ? std::strtol(end + 1, nullptr, 10) : 1;
  }
  if (const char* delay = std::getenv("APPLE_DOUBLE_DELAY")) {
    delay_ = std::chrono::milliseconds(std::strtol(delay, nullptr, 10));
  }
}

long Faults::Commit() {
  const std::lock_guard lock(mutex_);
  ++committed_;
  if (const auto found = by_number_.find(committed_); found != by_number_.end()) {
    const long code = found->second;
    by_number_.erase(found);
    return code;
  }
  return every_ != 0 && committed_ % every_ == 0 ? every_code_ : 0;
}

void Faults::WaitToRun() {
  std::chrono::milliseconds delay{0};
  {
    std::unique_lock lock(mutex_);
    released_.wait(lock, [this] { return !held_; });
    delay = delay_;
  }
  if (delay.count() > 0) {
    std::this_thread::sleep_for(delay);
  }
}

void Faults::FailNext(long code) { FailNumber(1, code); }

void Faults::FailNumber(size_t number, long code) {
  const std::lock_guard lock(mutex_);
  by_number_[committed_ + number] = code;
}

void Faults::FailEvery(size_t number, long code) {
  const std::lock_guard lock(mutex_);
  every_ = number;
  every_code_ = code;
}

void Faults::Hold() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void Faults::Release() {
  const std::lock_guard lock(mutex_);
  held_ = false;
  released_.notify_all();
}

void Faults::SetDelay(std::chrono::milliseconds delay) {
  const std::lock_guard lock(mutex_);
  delay_ = delay;
}

void Faults::CountWait() {
  const std::lock_guard lock(mutex_);
  ++waits_;
}

void Faults::CountAbandonedEncoder() {
  const std::lock_guard lock(mutex_);
  ++abandoned_encoders_;
}

size_t Faults::Committed() {
  const std::lock_guard lock(mutex_);
  return committed_;
}

size_t Faults::Waits() {
  const std::lock_guard lock(mutex_);
  return waits_;
}

size_t Faults::AbandonedEncoders() {
  const std::lock_guard lock(mutex_);
  return abandoned_encoders_;
}

void Faults::Reset() {
  const std::lock_guard lock(mutex_);
  by_number_.clear();
  every_ = 0;
  every_code_ = 0;
  committed_ = 0;
  waits_ = 0;
  abandoned_encoders_ = 0;
  delay_ = std::chrono::milliseconds(0);
}

}  // namespace apple_double

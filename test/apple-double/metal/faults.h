#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>

namespace apple_double {

// What tests (control.h) and the environment have in store for command buffers.
class Faults {
 public:
  static Faults& Shared();

  // A command buffer is committed: the code it is going to fail with, or 0.
  long Commit();
  // Called before a command buffer runs: waits while work is held, then as long as a slow GPU.
  void WaitToRun();

  void FailNext(long code);
  void FailNumber(size_t number, long code);
  void FailEvery(size_t number, long code);
  void Hold();
  void Release();
  void SetDelay(std::chrono::milliseconds delay);
  void CountWait();
  void CountAbandonedEncoder();
  size_t Committed();
  size_t Waits();
  size_t AbandonedEncoders();
  void Reset();

 private:
  Faults();

  std::mutex mutex_;
  std::condition_variable released_;
  std::map<size_t, long> by_number_;  // numbers as committed_ counts
  size_t every_ = 0;
  long every_code_ = 0;
  size_t committed_ = 0;
  size_t waits_ = 0;
  size_t abandoned_encoders_ = 0;
  bool held_ = false;
  std::chrono::milliseconds delay_{0};
};

}  // namespace apple_double

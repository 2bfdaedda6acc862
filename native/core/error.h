#pragma once

#include <stdexcept>
#include <string>

namespace mobilenet {

// Codes a caller can act on; CodeName gives the string JavaScript sees.
enum class ErrorCode {
  kInvalidOption,
  kModelCorrupt,
  kUnsupportedOperation,
  kOutOfMemory,
  kNoDevice,
  kDeviceLost,
  kDisposed,
  kAborted,
  kInternal,
};

const char* CodeName(ErrorCode code);

// Thrown inside the core and the executors only; native/addon catches it before Node-API.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace mobilenet

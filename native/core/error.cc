#include "core/error.h"

namespace mobilenet {

const char* CodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidOption:
      return "ERR_INVALID_OPTION";
    case ErrorCode::kModelCorrupt:
      return "ERR_MODEL_CORRUPT";
    case ErrorCode::kUnsupportedOperation:
      return "ERR_UNSUPPORTED_OPERATION";
    case ErrorCode::kOutOfMemory:
      return "ERR_OUT_OF_MEMORY";
    case ErrorCode::kNoDevice:
      return "ERR_NO_DEVICE";
    case ErrorCode::kDeviceLost:
      return "ERR_DEVICE_LOST";
    case ErrorCode::kDisposed:
      return "ERR_DISPOSED";
    case ErrorCode::kAborted:
      return "ERR_ABORTED";  // becomes an AbortError in lib/runtime, not a MobileNetError
    case ErrorCode::kInternal:
      break;
  }
  return "ERR_INTERNAL";
}

}  // namespace mobilenet

#include "core/caught_error.h"

#include <exception>
#include <new>

namespace mobilenet {

Error CaughtError(const std::string& during) {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return {ErrorCode::kOutOfMemory, "out of memory while " + during};
  } catch (const std::exception& error) {
    return {ErrorCode::kInternal, error.what()};
  }
}

}  // namespace mobilenet

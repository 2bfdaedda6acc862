#include "runtime/deallocated_objects.h"

#include <array>
#include <cstdlib>
#include <mutex>

#include "runtime/fatal.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define APPLE_DOUBLE_SANITIZER_FINDS_USE_AFTER_FREE
#endif
#endif

namespace objc {

void ReportMessageToDeallocatedObject(const char* message) {
  Fatal("message %s sent to a deallocated object", message);
}

#ifdef APPLE_DOUBLE_SANITIZER_FINDS_USE_AFTER_FREE

void FreeObject(Object* object) { std::free(object); }

#else

namespace {

// Has no ClassData: that is how dispatch notices.
Class deallocated_class{
    .isa = &deallocated_class, .name = "DeallocatedObject", .info = kDeallocated};

struct Quarantine {
  std::mutex mutex;
  std::array<Object*, 256> objects{};
  std::size_t next = 0;
};

Quarantine& TheQuarantine() {
  static auto* quarantine = new Quarantine;
  return *quarantine;
}

}  // namespace

void FreeObject(Object* object) {
  object->isa = &deallocated_class;
  Quarantine& quarantine = TheQuarantine();
  {
    std::lock_guard lock(quarantine.mutex);
    std::swap(object, quarantine.objects[quarantine.next]);
    quarantine.next = (quarantine.next + 1) % quarantine.objects.size();
  }
  std::free(object);
}

#endif

}  // namespace objc

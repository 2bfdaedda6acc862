#include "cpu/cache_sizes.h"

#if defined(__APPLE__)
#include <sys/sysctl.h>

#include <initializer_list>
#else
#include <unistd.h>
#endif

namespace mobilenet {
namespace {

constexpr CacheSizes kUsual{32 << 10, 512 << 10};

#if defined(__APPLE__)

// Of the fast cores first: a session's threads mostly run there.
size_t Ask(const char* fast_cores, const char* all_cores) {
  for (const char* name : {fast_cores, all_cores}) {
    size_t bytes = 0;
    size_t length = sizeof(bytes);
    if (sysctlbyname(name, &bytes, &length, nullptr, 0) == 0 && bytes > 0) {
      return bytes;
    }
  }
  return 0;
}

CacheSizes Measure() {
  return {Ask("hw.perflevel0.l1dcachesize", "hw.l1dcachesize"),
          Ask("hw.perflevel0.l2cachesize", "hw.l2cachesize")};
}

#elif defined(_SC_LEVEL1_DCACHE_SIZE) && defined(_SC_LEVEL2_CACHE_SIZE)

size_t Ask(int name) {
  const long bytes = sysconf(name);
  return bytes > 0 ? static_cast<size_t>(bytes) : 0;
}

CacheSizes Measure() { return {Ask(_SC_LEVEL1_DCACHE_SIZE), Ask(_SC_LEVEL2_CACHE_SIZE)}; }

#else

CacheSizes Measure() { return {0, 0}; }

#endif

}  // namespace

const CacheSizes& MachineCacheSizes() {
  static const CacheSizes sizes = [] {
    CacheSizes measured = Measure();
    measured.level1 = measured.level1 == 0 ? kUsual.level1 : measured.level1;
    measured.level2 = measured.level2 == 0 ? kUsual.level2 : measured.level2;
    return measured;
  }();
  return sizes;
}

}  // namespace mobilenet

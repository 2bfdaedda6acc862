#pragma once

#include <cstddef>

namespace mobilenet {

// Data caches of one core, in bytes.
struct CacheSizes {
  size_t level1;
  size_t level2;
};

// Those of this machine, or usual ones where the system does not tell.
const CacheSizes& MachineCacheSizes();

}  // namespace mobilenet

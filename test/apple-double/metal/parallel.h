#pragma once

#include <cstddef>
#include <functional>

namespace apple_double {

// Calls work(begin, end) on parts of [0, count), on this thread and on a helper when it is free.
// What `work` throws is thrown here.
void InParallel(size_t count, const std::function<void(size_t begin, size_t end)>& work);

}  // namespace apple_double

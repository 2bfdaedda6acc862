#pragma once

#include <cstddef>
#include <vector>

#include "core/program.h"

namespace mobilenet {

// How often each value is read; being an output counts as once.
std::vector<size_t> CountReaders(const Program& program);

}  // namespace mobilenet

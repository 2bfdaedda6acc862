#pragma once

// Blocks, as clang's "Block Implementation Specification" describes them.

#include "runtime/abi.h"

namespace objc {

// Makes blocks objects of subclasses of NSBlock. The caller holds ClassesMutex().
void RegisterBlockClasses(Class* block_class);

}  // namespace objc

extern "C" {
void* _Block_copy(const void* block);
void _Block_release(const void* block);
}

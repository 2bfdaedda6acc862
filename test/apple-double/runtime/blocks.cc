#include "runtime/blocks.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "runtime/classes.h"
#include "runtime/objects.h"
#include "runtime/reference_counting.h"

// What the first word of a block literal points to. Marked from the start: static constructors may
// use blocks before NSBlock is loaded.
extern "C" {
objc::Class _NSConcreteStackBlock{.name = "NSStackBlock", .info = objc::kBlock};
objc::Class _NSConcreteGlobalBlock{.name = "NSGlobalBlock", .info = objc::kBlock};
objc::Class _NSConcreteMallocBlock{.name = "NSMallocBlock", .info = objc::kBlock};
}

namespace objc {
namespace {

// Flags of blocks and of __block variables. References are counted in steps of two.
constexpr int kDeallocating = 1;
constexpr int kReferences = 0xfffe;
constexpr int kOneBlockReference = 2;
constexpr int kOnHeap = 1 << 24;
constexpr int kHasHelpers = 1 << 25;
constexpr int kIsGlobal = 1 << 28;

struct BlockDescriptor {
  unsigned long reserved;
  unsigned long size;
  // Only with kHasHelpers:
  void (*copy)(void* destination, const void* source);
  void (*dispose)(const void* block);
};

struct Block {
  Class* isa;
  std::atomic<int> flags;
  int reserved;
  void* invoke;
  const BlockDescriptor* descriptor;
};

// A __block variable: on the stack, until a block that uses it is copied.
struct BlockVariable {
  void* isa;
  BlockVariable* forwarding;
  std::atomic<int> flags;
  std::uint32_t size;
  // Only with kHasHelpers:
  void (*keep)(void* destination, void* source);
  void (*destroy)(void* variable);
};

// What the compiler's helpers pass for a captured variable.
constexpr int kObjectField = 3;
constexpr int kBlockField = 7;
constexpr int kVariableField = 8;
constexpr int kFieldKinds = kObjectField | kBlockField | kVariableField;
// The content of a __block variable, which without ARC is not retained.
constexpr int kCalledForVariable = 128;

void* CopyBytes(const void* source, std::size_t size) {
  void* copy = std::malloc(size);
  if (!copy) {
    throw std::bad_alloc();
  }
  return std::memcpy(copy, source, size);
}

// One less reference; true if it was the last.
bool DropReference(std::atomic<int>& flags) {
  const int before = flags.fetch_sub(kOneBlockReference, std::memory_order_acq_rel);
  return (before & kReferences) == kOneBlockReference;
}

BlockVariable* MoveToHeap(BlockVariable* variable) {
  if (variable->flags & kOnHeap) {
    variable->flags.fetch_add(kOneBlockReference, std::memory_order_relaxed);
    return variable;
  }
  auto* copy = static_cast<BlockVariable*>(CopyBytes(variable, variable->size));
  // Two references: the block's, and the stack frame's, which ends with the variable's scope.
  copy->flags = (variable->flags & ~kReferences) | kOnHeap | (2 * kOneBlockReference);
  copy->forwarding = copy;
  variable->forwarding = copy;
  if (copy->flags & kHasHelpers) {
    copy->keep(copy, variable);
  }
  return copy;
}

void ReleaseVariable(BlockVariable* variable) {
  variable = variable->forwarding;
  if ((variable->flags & kOnHeap) && DropReference(variable->flags)) {
    if (variable->flags & kHasHelpers) {
      variable->destroy(variable);
    }
    std::free(variable);
  }
}

}  // namespace

void RegisterBlockClasses(Class* block_class) {
  for (Class* target : {&_NSConcreteStackBlock, &_NSConcreteGlobalBlock, &_NSConcreteMallocBlock}) {
    target->isa = block_class->isa;
    target->superclass = block_class;
    target->instance_size = sizeof(Block);
    target->data = new ClassData(target);
    target->data->initialization = Initialization::kDone;
  }
}

}  // namespace objc

extern "C" {

void* _Block_copy(const void* pointer) {
  auto* block = static_cast<objc::Block*>(const_cast<void*>(pointer));
  if (!block || (block->flags & objc::kIsGlobal)) {
    return block;
  }
  if (block->flags & objc::kOnHeap) {
    block->flags.fetch_add(objc::kOneBlockReference, std::memory_order_relaxed);
    return block;
  }
  auto* copy = static_cast<objc::Block*>(objc::CopyBytes(block, block->descriptor->size));
  copy->flags = (block->flags & ~(objc::kReferences | objc::kDeallocating)) | objc::kOnHeap |
                objc::kOneBlockReference;
  copy->isa = &_NSConcreteMallocBlock;
  objc::CountAllocation();
  if (copy->flags & objc::kHasHelpers) {
    copy->descriptor->copy(copy, block);
  }
  return copy;
}

void _Block_release(const void* pointer) {
  auto* block = static_cast<objc::Block*>(const_cast<void*>(pointer));
  if (!block || !(block->flags & objc::kOnHeap) || !objc::DropReference(block->flags)) {
    return;
  }
  if (block->flags & objc::kHasHelpers) {
    block->descriptor->dispose(block);
  }
  objc::CountDeallocation();
  std::free(block);
}

objc::Object* objc_retainBlock(objc::Object* block) {
  return static_cast<objc::Object*>(_Block_copy(block));
}

void _Block_object_assign(void* destination, const void* source, int flags) {
  void* value = const_cast<void*>(source);
  const int kind = flags & objc::kFieldKinds;
  if (kind == objc::kVariableField) {
    value = objc::MoveToHeap(static_cast<objc::BlockVariable*>(value)->forwarding);
  } else if (!(flags & objc::kCalledForVariable)) {
    value = kind == objc::kBlockField ? _Block_copy(value)
                                      : objc_retain(static_cast<objc::Object*>(value));
  }
  *static_cast<void**>(destination) = value;
}

void _Block_object_dispose(const void* source, int flags) {
  void* value = const_cast<void*>(source);
  const int kind = flags & objc::kFieldKinds;
  if (kind == objc::kVariableField) {
    objc::ReleaseVariable(static_cast<objc::BlockVariable*>(value));
  } else if (!(flags & objc::kCalledForVariable)) {
    objc_release(static_cast<objc::Object*>(value));
  }
}

}  // extern "C"

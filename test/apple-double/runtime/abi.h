#pragma once

// What clang lays out in memory for -fobjc-runtime=gnustep-2.0 on 64-bit machines. Members are in
// the compiler's order; those it leaves to the runtime say so.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace objc {

struct Class;
struct ClassData;
struct Object;

// A message's name. While a module is loaded, name is replaced by the one copy of these characters
// (selectors.h), so that names are equal when their addresses are.
struct Selector {
  const char* name;
  const char* types;
};

// Called as what the method's types say.
using Implementation = Object* (*)(Object*, Selector*);

// The start of every object, as NSObject declares it.
struct Object {
  Class* isa;
  std::atomic<std::intptr_t> references;  // see reference_counting.h
};

struct InstanceVariable {
  const char* name;
  const char* type;
  std::int32_t* offset;  // the runtime's to fill in
  std::uint32_t size;
  std::uint32_t flags;  // from bit 3: the alignment's logarithm

  std::size_t Alignment() const { return std::size_t{1} << ((flags >> 3) & 63); }
};

struct InstanceVariableList {
  std::int32_t count;
  std::int64_t element_size;
  InstanceVariable first;

  std::span<InstanceVariable> Elements() { return {&first, static_cast<std::size_t>(count)}; }
};

struct Method {
  Implementation implementation;
  Selector* selector;
  const char* types;
};

struct MethodList {
  MethodList* next;
  std::int32_t count;
  std::int64_t element_size;
  Method first;

  std::span<Method> Elements() { return {&first, static_cast<std::size_t>(count)}; }
};

struct ProtocolList;

struct Protocol {
  Class* isa;  // the runtime's to fill in
  const char* name;
  ProtocolList* protocols;
  void* method_lists[4];
  void* property_lists[4];
};

struct ProtocolList {
  ProtocolList* next;
  std::int64_t count;
  Protocol* first;

  std::span<Protocol*> Elements() { return {&first, static_cast<std::size_t>(count)}; }
};

// Bits of Class::info. The compiler sets the first; the others are this runtime's.
constexpr unsigned long kMetaclass = 1;
constexpr unsigned long kImmortal = 1UL << 40;  // instances are static: constant strings, protocols
constexpr unsigned long kBlock = 1UL << 41;     // instances are blocks, which count differently
constexpr unsigned long kDeallocated = 1UL << 42;  // instances have been deallocated

struct Class {
  Class* isa = nullptr;  // the metaclass; its own isa and superclass are the runtime's to fill in
  Class* superclass = nullptr;
  const char* name = nullptr;
  long version = 0;
  unsigned long info = 0;
  long instance_size = 0;  // the runtime's to work out
  InstanceVariableList* instance_variables = nullptr;
  MethodList* methods = nullptr;
  ClassData* data = nullptr;  // the runtime's
  Implementation construct =
      nullptr;  // the runtime's: constructs this class's C++ members; may be null
  Implementation destroy =
      nullptr;  // the runtime's: destroys this class's C++ members; may be null
  Class* subclasses = nullptr;
  Class* sibling = nullptr;
  ProtocolList* protocols = nullptr;
  void* extra_data = nullptr;
  long abi_version = 0;
  void* properties = nullptr;
};

struct Category {
  const char* name;
  const char* class_name;
  MethodList* instance_methods;
  MethodList* class_methods;
  ProtocolList* protocols;
  void* instance_properties;
  void* class_properties;
};

// A linker section: everything a module (an executable or a shared library) has of a kind. Sections
// contain a zeroed element, so that they exist.
template <typename Element>
struct Section {
  Element* begin_pointer;
  Element* end_pointer;

  Element* begin() const { return begin_pointer; }
  Element* end() const { return end_pointer; }
};

struct Module {
  std::uint64_t version;  // all ones when loaded
  Section<Selector> selectors;
  Section<Class*> classes;
  Section<Class**> class_references;
  Section<Category> categories;
  Section<Protocol> protocols;
  Section<Protocol*> protocol_references;
  Section<void* [2]> class_aliases;
  Section<void* [4]> constant_strings;
};

// What a message's lookup returns. The compiler reads the implementation.
struct Slot {
  Class* owner;
  Class* cached_for;
  const char* types;
  int version;
  Implementation implementation;
};

// What [super message] passes.
struct Super {
  Object* receiver;
  Class* start;  // the class whose methods are looked at first
};

}  // namespace objc

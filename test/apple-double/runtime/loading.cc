// A module's constructors hand its classes, categories, selectors and protocols to __objc_load,
// before any of its code runs. Loading a module whose categories extend classes that other threads
// are sending messages to is not supported: a category empties the method caches.
#include <algorithm>
#include <cstring>
#include <vector>

#include "runtime/blocks.h"
#include "runtime/classes.h"
#include "runtime/fatal.h"
#include "runtime/selectors.h"

namespace objc {
namespace {

constexpr std::uint64_t kLoaded = ~std::uint64_t{0};

// Classes whose superclass is in a module that is not loaded yet.
std::vector<Class*>& WaitingClasses() {
  static auto* classes = new std::vector<Class*>;
  return *classes;
}

Class* RootOf(Class* target) {
  while (target->superclass) {
    target = target->superclass;
  }
  return target;
}

// Superclasses may have grown since this class was compiled.
void PlaceInstanceVariables(Class* target) {
  std::size_t offset =
      target->superclass ? static_cast<std::size_t>(target->superclass->instance_size) : 0;
  if (target->instance_variables) {
    for (InstanceVariable& variable : target->instance_variables->Elements()) {
      const std::size_t alignment = variable.Alignment();
      offset = (offset + alignment - 1) / alignment * alignment;
      *variable.offset = static_cast<std::int32_t>(offset);
      offset += variable.size;
    }
  }
  target->instance_size = static_cast<long>(offset);
}

Implementation OwnImplementation(const Class* target, const char* name) {
  const Method* method = FindOwnMethod(target, UniqueName(name));
  return method ? method->implementation : nullptr;
}

// Completes a class and its metaclass and registers them; the superclass is registered.
void Register(Class* target) {
  Class* metaclass = target->isa;
  metaclass->info |= kMetaclass;
  metaclass->isa = RootOf(target)->isa;
  // Class methods are inherited along the metaclasses, and then from the root class's instances.
  metaclass->superclass = target->superclass ? target->superclass->isa : target;
  metaclass->instance_size = sizeof(Class);
  target->data = new ClassData(target);
  metaclass->data = new ClassData(target);
  PlaceInstanceVariables(target);
  target->construct = OwnImplementation(target, ".cxx_construct");
  target->destroy = OwnImplementation(target, ".cxx_destruct");

  const std::string_view name = target->name;
  if (name == "NSConstantString" || name == "Protocol") {
    target->info |= kImmortal;
  }
  if (!ClassesByName().emplace(name, target).second) {
    Fatal("class %s is defined twice", target->name);
  }
  if (name == "NSTinyString") {
    tagged_pointer_class = target;
  } else if (name == "NSBlock") {
    RegisterBlockClasses(target);
  }
}

// Registers what can be, superclasses first; returns it in that order.
std::vector<Class*> RegisterWaitingClasses() {
  std::vector<Class*> registered;
  std::vector<Class*>& waiting = WaitingClasses();
  for (std::size_t before = 0; before != waiting.size() + 1;) {
    before = waiting.size() + 1;
    std::erase_if(waiting, [&registered](Class* target) {
      if (target->superclass && !target->superclass->data) {
        return false;
      }
      Register(target);
      registered.push_back(target);
      return true;
    });
  }
  return registered;
}

void AddCategory(const Category& category) {
  const auto found = ClassesByName().find(category.class_name);
  if (found == ClassesByName().end()) {
    Fatal("category %s on a class that is not loaded, %s", category.name, category.class_name);
  }
  Class* target = found->second;
  if (category.instance_methods) {
    target->data->category_methods.push_back(category.instance_methods);
  }
  if (category.class_methods) {
    target->isa->data->category_methods.push_back(category.class_methods);
  }
  if (category.protocols) {
    target->data->category_protocols.push_back(category.protocols);
  }
}

void ForgetCachedMethods() {
  for (const auto& [name, target] : ClassesByName()) {
    for (ClassData* data : {target->data, target->isa->data}) {
      data->cache.Clear();
      data->slots.clear();
    }
  }
}

struct LoadMethod {
  Class* receiver;
  Method method;
};

// +load of a list itself, not an inherited one.
void AppendLoadMethod(std::vector<LoadMethod>& load_methods, Class* receiver, MethodList* list) {
  const char* name = UniqueName("load");
  for (; list; list = list->next) {
    for (const Method& method : list->Elements()) {
      if (method.selector->name == name) {
        load_methods.push_back({receiver, method});
      }
    }
  }
}

// Returns the +load methods to call: classes', then categories'.
std::vector<LoadMethod> LoadLocked(const Module& module) {
  for (Selector& selector : module.selectors) {
    if (selector.name) {
      selector.name = UniqueName(selector.name);
    }
  }
  for (Class* target : module.classes) {
    if (target && !target->data) {
      WaitingClasses().push_back(target);
    }
  }
  std::vector<LoadMethod> load_methods;
  for (Class* target : RegisterWaitingClasses()) {
    AppendLoadMethod(load_methods, target, target->isa->methods);
  }
  const auto protocol_class = ClassesByName().find("Protocol");
  if (protocol_class != ClassesByName().end()) {
    for (Protocol& protocol : module.protocols) {
      if (protocol.name) {
        protocol.isa = protocol_class->second;
      }
    }
  }
  bool categories = false;
  for (const Category& category : module.categories) {
    if (category.name) {
      AddCategory(category);
      AppendLoadMethod(load_methods, ClassesByName()[category.class_name], category.class_methods);
      categories = true;
    }
  }
  if (categories) {
    ForgetCachedMethods();
  }
  return load_methods;
}

}  // namespace
}  // namespace objc

// Called by a constructor of every object file, each time with all of its module.
extern "C" void __objc_load(objc::Module* module) {
  std::vector<objc::LoadMethod> load_methods;
  {
    std::lock_guard lock(objc::ClassesMutex());
    if (module->version == objc::kLoaded) {
      return;
    }
    module->version = objc::kLoaded;
    load_methods = objc::LoadLocked(*module);
  }
  for (const objc::LoadMethod& load : load_methods) {
    load.method.implementation(reinterpret_cast<objc::Object*>(load.receiver),
                               load.method.selector);
  }
}

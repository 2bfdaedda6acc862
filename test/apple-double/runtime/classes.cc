#include "runtime/classes.h"

#include <cstring>

namespace objc {

Class* tagged_pointer_class = nullptr;

std::mutex& ClassesMutex() {
  static auto* mutex = new std::mutex;
  return *mutex;
}

std::unordered_map<std::string_view, Class*>& ClassesByName() {
  static auto* classes = new std::unordered_map<std::string_view, Class*>;
  return *classes;
}

namespace {

Method* FindInList(MethodList* list, const char* unique_name) {
  for (; list; list = list->next) {
    for (Method& method : list->Elements()) {
      if (method.selector->name == unique_name) {
        return &method;
      }
    }
  }
  return nullptr;
}

bool Contains(ProtocolList* list, const char* name) {
  for (; list; list = list->next) {
    for (Protocol* protocol : list->Elements()) {
      // Each module has its own copy of a protocol: names decide.
      if (protocol &&
          (std::strcmp(protocol->name, name) == 0 || Contains(protocol->protocols, name))) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

Method* FindOwnMethod(const Class* target, const char* unique_name) {
  if (const ClassData* data = target->data) {
    for (auto list = data->category_methods.rbegin(); list != data->category_methods.rend();
         ++list) {
      if (Method* method = FindInList(*list, unique_name)) {
        return method;
      }
    }
  }
  return FindInList(target->methods, unique_name);
}

Method* FindMethod(Class* target, const char* unique_name, Class** owner) {
  for (; target; target = target->superclass) {
    if (Method* method = FindOwnMethod(target, unique_name)) {
      *owner = target;
      return method;
    }
  }
  return nullptr;
}

}  // namespace objc

extern "C" {

objc::Class* objc_getClass(const char* name) {
  std::lock_guard lock(objc::ClassesMutex());
  const auto& classes = objc::ClassesByName();
  const auto found = classes.find(name);
  return found == classes.end() ? nullptr : found->second;
}

objc::Class* object_getClass(objc::Object* object) {
  return object ? objc::ClassOf(object) : nullptr;
}

objc::Class* class_getSuperclass(objc::Class* target) {
  return target ? target->superclass : nullptr;
}

const char* class_getName(objc::Class* target) { return target ? target->name : "nil"; }

const char* object_getClassName(objc::Object* object) {
  return class_getName(object_getClass(object));
}

bool class_isMetaClass(objc::Class* target) {
  return target && (target->info & objc::kMetaclass) != 0;
}

bool class_conformsToProtocol(objc::Class* target, objc::Protocol* protocol) {
  if (!target || !protocol) {
    return false;
  }
  std::lock_guard lock(objc::ClassesMutex());
  if (objc::Contains(target->protocols, protocol->name)) {
    return true;
  }
  for (objc::ProtocolList* list : target->data->category_protocols) {
    if (objc::Contains(list, protocol->name)) {
      return true;
    }
  }
  return false;
}

bool protocol_conformsToProtocol(objc::Protocol* protocol, objc::Protocol* other) {
  return std::strcmp(protocol->name, other->name) == 0 ||
         objc::Contains(protocol->protocols, other->name);
}

const char* protocol_getName(objc::Protocol* protocol) { return protocol->name; }

}  // extern "C"

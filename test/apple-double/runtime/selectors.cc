#include "runtime/selectors.h"

#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace objc {
namespace {

struct Selectors {
  std::mutex mutex;
  std::unordered_set<std::string> names;                   // elements never move
  std::unordered_map<std::string_view, Selector> by_name;  // made by sel_registerName
};

// Never destroyed: messages are sent until the very end of a process.
Selectors& AllSelectors() {
  static Selectors* selectors = new Selectors;
  return *selectors;
}

}  // namespace

const char* UniqueName(const char* name) {
  Selectors& selectors = AllSelectors();
  std::lock_guard lock(selectors.mutex);
  return selectors.names.emplace(name).first->c_str();
}

}  // namespace objc

extern "C" {

objc::Selector* sel_registerName(const char* name) {
  const char* unique_name = objc::UniqueName(name);
  objc::Selectors& selectors = objc::AllSelectors();
  std::lock_guard lock(selectors.mutex);
  return &selectors.by_name.try_emplace(unique_name, objc::Selector{unique_name, nullptr})
              .first->second;
}

const char* sel_getName(objc::Selector* selector) { return selector ? selector->name : "<null>"; }

bool sel_isEqual(objc::Selector* left, objc::Selector* right) {
  return left == right || (left && right && left->name == right->name);
}

}  // extern "C"

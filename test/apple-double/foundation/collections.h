#pragma once

// What the collections have in common.

#import <Foundation/NSEnumerator.h>
#import <Foundation/NSString.h>

#include <cstdarg>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "foundation/raise.h"
#include "foundation/string.h"

namespace foundation {

// Objects by -hash and -isEqual:, as keys of C++ containers.
struct ObjectHash {
  std::size_t operator()(id object) const { return [object hash]; }
};
struct ObjectsAreEqual {
  bool operator()(id left, id right) const { return left == right || [left isEqual:right]; }
};

using ObjectPositions = std::unordered_map<id, std::size_t, ObjectHash, ObjectsAreEqual>;

inline void RequireObject(id object, SEL selector) {
  if (!object) {
    Raise(NSInvalidArgumentException, @"%s: an object is nil", sel_getName(selector));
  }
}

// The objects of a list that nil ends; `rest` are those after the first.
inline std::vector<id> ObjectsUntilNil(id first, va_list rest) {
  std::vector<id> objects;
  for (id object = first; object; object = va_arg(rest, id)) {
    objects.push_back(object);
  }
  return objects;
}

// Lets a loop have all objects at once. They stay where they are until the collection is mutated,
// which the loop notices by the change of the counter, before it reads the next one.
inline NSUInteger EnumerateAll(std::vector<id>& objects, unsigned long& mutations,
                               NSFastEnumerationState* state) {
  if (state->state != 0) {
    return 0;
  }
  state->state = 1;
  state->itemsPtr = static_cast<id __unsafe_unretained*>(static_cast<void*>(objects.data()));
  state->mutationsPtr = &mutations;
  return objects.size();
}

// A line of a collection's description.
inline void AppendLine(std::string& text, id object) {
  text += (text.size() > 2 ? ",\n    " : "    ") + Utf8FromString([object description]);
}

}  // namespace foundation

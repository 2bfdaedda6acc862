#include "runtime/dispatch.h"

#include "runtime/classes.h"
#include "runtime/deallocated_objects.h"
#include "runtime/fatal.h"
#include "runtime/initialization.h"
#include "runtime/selectors.h"

namespace objc {
namespace {

// Messages to nil return zero. Where a zeroed register would not do, the compiler asks first.
Object* ReturnNil(Object*, Selector*) { return nullptr; }

Slot nil_slot{nullptr, nullptr, "", 0, ReturnNil};

Slot* FindSlotSlowly(Class* target, const Selector* selector) {
  ClassData& data = *target->data;
  EnsureInitialized(data.instances_class);
  std::lock_guard lock(ClassesMutex());
  const auto [position, inserted] = data.slots.try_emplace(selector->name);
  Slot& slot = position->second;
  if (inserted) {
    Class* owner = nullptr;
    if (const Method* method = FindMethod(target, selector->name, &owner)) {
      slot = {owner, target, method->types, 0, method->implementation};
    }
  }
  // Not before: other threads would no longer wait for the end of +initialize.
  if (IsInitialized(data.instances_class)) {
    data.cache.Insert(selector->name, &slot);
  }
  return &slot;
}

Implementation Unrecognized(Object* receiver, Selector* selector) {
  static Selector* const does_not_recognize = sel_registerName("doesNotRecognizeSelector:");
  Class* target = ClassOf(receiver);
  if (!FindSlot(target, does_not_recognize)) {
    Fatal("%s does not recognize %s", target->name, selector->name);
  }
  Send(receiver, does_not_recognize, selector);
  return ReturnNil;
}

}  // namespace

Slot* FindSlot(Class* target, const Selector* selector) {
  if (!target->data) [[unlikely]] {
    ReportMessageToDeallocatedObject(selector->name);
  }
  Slot* slot = target->data->cache.Find(selector->name);
  if (!slot) [[unlikely]] {
    slot = FindSlotSlowly(target, selector);
  }
  return slot->implementation ? slot : nullptr;
}

Implementation ImplementationFor(Object* receiver, Selector* selector) {
  const Slot* slot = FindSlot(ClassOf(receiver), selector);
  return slot ? slot->implementation : Unrecognized(receiver, selector);
}

}  // namespace objc

extern "C" {

objc::Slot* objc_msg_lookup_sender(objc::Object** receiver, objc::Selector* selector,
                                   objc::Object* /*sender*/) {
  if (!*receiver) {
    return &objc::nil_slot;
  }
  if (objc::Slot* slot = objc::FindSlot(objc::ClassOf(*receiver), selector)) {
    return slot;
  }
  objc::Unrecognized(*receiver, selector);
  return &objc::nil_slot;
}

objc::Implementation objc_msg_lookup_super(objc::Super* super, objc::Selector* selector) {
  if (!super->receiver) {
    return objc::ReturnNil;
  }
  const objc::Slot* slot = objc::FindSlot(super->start, selector);
  return slot ? slot->implementation : objc::Unrecognized(super->receiver, selector);
}

bool class_respondsToSelector(objc::Class* target, objc::Selector* selector) {
  return target && selector && objc::FindSlot(target, selector);
}

objc::Implementation class_getMethodImplementation(objc::Class* target, objc::Selector* selector) {
  const objc::Slot* slot = target ? objc::FindSlot(target, selector) : nullptr;
  return slot ? slot->implementation : nullptr;
}

}  // extern "C"

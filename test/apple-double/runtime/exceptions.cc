// Objective-C exceptions are C++ exceptions, as on macOS: destructors run, either language's "catch
// all" catches both, and each language's typed ones its own. libstdc++ does the work; this file
// says what is thrown, and which clauses fit.
#include <cxxabi.h>
#include <unwind.h>

#include <cstring>
#include <exception>
#include <typeinfo>

#include "runtime/classes.h"
#include "runtime/reference_counting.h"

// The names are the compiler's: code with @catch refers to these classes' virtual tables.
namespace gnustep::libobjc {

// The type of every thrown object, and of @catch (id).
struct __objc_id_type_info : std::type_info {
  __objc_id_type_info() : type_info("@id") {}
  bool __is_pointer_p() const override { return true; }
  bool __do_catch(const std::type_info* thrown, void** object, unsigned outer) const override;
};

// The type of @catch (SomeClass *): the compiler makes one for each.
struct __objc_class_type_info : std::type_info {
  explicit __objc_class_type_info(const char* name) : type_info(name) {}
  bool __is_pointer_p() const override { return true; }
  bool __do_catch(const std::type_info* thrown, void** object, unsigned outer) const override;
};

}  // namespace gnustep::libobjc

extern "C" {
gnustep::libobjc::__objc_id_type_info __objc_id_type_info;
}

namespace gnustep::libobjc {

bool __objc_id_type_info::__do_catch(const std::type_info* thrown, void**, unsigned) const {
  return thrown == &::__objc_id_type_info;
}

bool __objc_class_type_info::__do_catch(const std::type_info* thrown, void** object,
                                        unsigned) const {
  if (thrown != &::__objc_id_type_info) {
    return false;
  }
  const auto* exception = static_cast<const objc::Object*>(*object);
  for (const objc::Class* target = objc::ClassOf(exception); target; target = target->superclass) {
    if (std::strcmp(target->name, __name) == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace gnustep::libobjc

namespace {

// Is this where libstdc++ keeps the exception that is being handled? That is what clang has for
// "@throw;" in "@catch (...)", in place of an object.
bool IsExceptionBeingHandled(const void* pointer) {
  const std::exception_ptr handled = std::current_exception();
  static_assert(sizeof handled == sizeof pointer);
  const void* place = nullptr;
  std::memcpy(&place, &handled, sizeof place);  // all that libstdc++'s exception_ptr consists of
  return handled && place == pointer;
}

}  // namespace

extern "C" {

void objc_exception_throw(objc::Object* exception) {
  if (IsExceptionBeingHandled(exception)) {
    abi::__cxa_rethrow();
  }
  auto** thrown = static_cast<objc::Object**>(abi::__cxa_allocate_exception(sizeof(objc::Object*)));
  *thrown = objc_retain(exception);
  abi::__cxa_throw(thrown, &__objc_id_type_info,
                   [](void* object) { objc_release(*static_cast<objc::Object**>(object)); });
}

_Unwind_Reason_Code __gxx_personality_v0(int version, _Unwind_Action actions,
                                         _Unwind_Exception_Class exception_class,
                                         _Unwind_Exception* exception, _Unwind_Context* context);

_Unwind_Reason_Code __gnustep_objcxx_personality_v0(int version, _Unwind_Action actions,
                                                    _Unwind_Exception_Class exception_class,
                                                    _Unwind_Exception* exception,
                                                    _Unwind_Context* context) {
  return __gxx_personality_v0(version, actions, exception_class, exception, context);
}

// For @finally and @throw; clang calls __cxa_begin_catch, then this, then, while the exception
// passes, __cxa_end_catch, which would free it. __cxa_rethrow keeps libstdc++'s counts right. The
// symbol is hidden: only code that is linked with this file gets it, while libstdc++ goes on using
// libgcc's.
__attribute__((visibility("hidden"))) void RethrowCaughtException(void*) __asm__(
    "_Unwind_Resume_or_Rethrow");
void RethrowCaughtException(void*) { abi::__cxa_rethrow(); }

}  // extern "C"

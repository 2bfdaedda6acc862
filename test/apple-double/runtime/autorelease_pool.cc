// Each thread has one stack of autoreleased objects; a pool is a height of it. What is autoreleased
// outside of any pool is released when the thread ends.
#include "runtime/autorelease_pool.h"

#include <utility>
#include <vector>

#include "runtime/reference_counting.h"

namespace objc {
namespace {

class AutoreleaseStack {
 public:
  AutoreleaseStack() = default;
  AutoreleaseStack(const AutoreleaseStack&) = delete;
  AutoreleaseStack& operator=(const AutoreleaseStack&) = delete;
  ~AutoreleaseStack() { ReleaseDownTo(0); }

  std::size_t height() const { return objects_.size(); }

  void Push(Object* object) { objects_.push_back(object); }

  // Deallocating an object may autorelease others.
  void ReleaseDownTo(std::size_t height) {
    while (objects_.size() > height) {
      Object* object = objects_.back();
      objects_.pop_back();
      objc_release(object);
    }
  }

 private:
  std::vector<Object*> objects_;
};

// The thread's stack. Trivial to destroy, hence usable by destructors that run after the thread's
// end, such as those of static objects.
thread_local AutoreleaseStack* current_stack = nullptr;
thread_local bool thread_has_ended = false;

class EndOfThread {
 public:
  EndOfThread() = default;
  EndOfThread(const EndOfThread&) = delete;
  EndOfThread& operator=(const EndOfThread&) = delete;
  ~EndOfThread() {
    delete current_stack;
    current_stack = nullptr;
    thread_has_ended = true;
  }
};

AutoreleaseStack& CurrentStack() {
  if (!current_stack) {
    if (!thread_has_ended) {
      static thread_local const EndOfThread end_of_thread;
      static_cast<void>(&end_of_thread);
    }
    current_stack = new AutoreleaseStack;
  }
  return *current_stack;
}

}  // namespace
}  // namespace objc

extern "C" {

// Zero is no pool, hence the one that is added.
void* objc_autoreleasePoolPush() {
  return reinterpret_cast<void*>(objc::CurrentStack().height() + 1);
}

void objc_autoreleasePoolPop(void* pool) {
  const std::size_t height = reinterpret_cast<std::size_t>(pool) - 1;
  objc::CurrentStack().ReleaseDownTo(height);
  if (height == 0 && objc::thread_has_ended) {
    delete std::exchange(objc::current_stack, nullptr);
  }
}

objc::Object* objc_autorelease(objc::Object* object) {
  if (object) {
    objc::CurrentStack().Push(object);
  }
  return object;
}

objc::Object* objc_retainAutorelease(objc::Object* object) {
  return objc_autorelease(objc_retain(object));
}

// Apple's runtime lets a caller take over a returned object without the pool, where it can. Here it
// always goes through the pool: an object may live longer, never shorter.
objc::Object* objc_autoreleaseReturnValue(objc::Object* object) { return objc_autorelease(object); }

objc::Object* objc_retainAutoreleaseReturnValue(objc::Object* object) {
  return objc_retainAutorelease(object);
}

objc::Object* objc_retainAutoreleasedReturnValue(objc::Object* object) {
  return objc_retain(object);
}

objc::Object* objc_unsafeClaimAutoreleasedReturnValue(objc::Object* object) { return object; }

}  // extern "C"

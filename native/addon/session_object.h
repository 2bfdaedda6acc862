#pragma once

#include <napi.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/session.h"

namespace mobilenet {

// The JavaScript face of a Session (NativeSession in lib/runtime/native.ts). Everything here runs
// on the JavaScript thread of the environment that made it, but for OnCompleted and OnClosed, which
// only leave a message and ring.
class SessionObject : public Napi::ObjectWrap<SessionObject> {
 public:
  // Makes the class for one environment; its constructor is not reachable from JavaScript.
  static Napi::Function Define(Napi::Env env);

  explicit SessionObject(const Napi::CallbackInfo& info);
  SessionObject(const SessionObject&) = delete;
  SessionObject& operator=(const SessionObject&) = delete;
  ~SessionObject() override;

  // Takes a runner over, once, right after construction. Throws Error.
  void Start(Napi::Env env, std::unique_ptr<FrameRunner> runner, ModelRecord record);

 private:
  struct Pending {
    Napi::Promise::Deferred deferred;
    // The arrays that the session's thread reads and writes, kept alive.
    std::vector<Napi::ObjectReference> arrays;
  };

  Napi::Value Run(const Napi::CallbackInfo& info);
  Napi::Value Cancel(const Napi::CallbackInfo& info);
  Napi::Value Dispose(const Napi::CallbackInfo& info);
  Napi::Value Outputs(const Napi::CallbackInfo& info);
  Napi::Value Description(const Napi::CallbackInfo& info);
  Napi::Value Memory(const Napi::CallbackInfo& info);

  void OnCompleted(FrameResult result);
  void OnClosed();
  void Deliver(Napi::Env env);
  void Settle(Napi::Env env, FrameResult result);
  void FinishClosing(Napi::Env env);
  void Release(Napi::Env env);
  static void OnEnvironmentExit(void* self);

  // Outlives this object where rings are still on their way; then it has no owner.
  struct Doorbell {
    SessionObject* owner = nullptr;
  };
  static void Answer(Napi::Env env, Napi::Function unused, Doorbell* doorbell, void* nothing);
  using Bell = Napi::TypedThreadSafeFunction<Doorbell, void, Answer>;

  // While held, this object is not collected and the event loop stays alive.
  void Hold(Napi::Env env);
  void Unhold(Napi::Env env);

  Bell bell_;
  Doorbell* doorbell_ = nullptr;  // owned by the bell's finalizer
  std::unique_ptr<Session> session_;
  napi_env environment_ = nullptr;
  size_t holds_ = 0;

  std::map<uint64_t, Pending> pending_;
  std::vector<Napi::Promise::Deferred> disposals_;
  // Told once and kept, so that they can be asked for after disposal too.
  std::vector<std::pair<std::string, Shape>> outputs_;
  std::string description_;
  RunnerMemory memory_;

  std::mutex mutex_;
  std::deque<FrameResult> completed_;  // guarded by mutex_
  bool closed_ = false;                // guarded by mutex_
};

}  // namespace mobilenet

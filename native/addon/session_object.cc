#include "addon/session_object.h"

#include <algorithm>
#include <cstring>

#include "addon/addon_data.h"
#include "addon/errors.h"
#include "addon/read_request.h"
#include "addon/result_object.h"

namespace mobilenet {

namespace {

uint64_t ReadId(const Napi::CallbackInfo& info) {
  constexpr double kMaxInteger = 9007199254740991;  // 2^53 - 1
  const double id = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : -1;
  if (!(id >= 0 && id <= kMaxInteger)) {
    throw Error(ErrorCode::kInvalidOption, "expected a whole number for the frame's id");
  }
  return static_cast<uint64_t>(id);
}

// References to the arrays in the arguments of run().
std::vector<Napi::ObjectReference> KeepArrays(const Napi::CallbackInfo& info) {
  const auto frame = info[1].As<Napi::Object>();
  const auto request = info[2].As<Napi::Object>();
  std::vector<Napi::ObjectReference> arrays;
  for (const Napi::Value array :
       {frame.Get("pixels"), request.Get("classMap"), request.Get("confidence")}) {
    if (array.IsTypedArray()) {
      arrays.push_back(Napi::Persistent(array.As<Napi::Object>()));
    }
  }
  return arrays;
}

}  // namespace

Napi::Function SessionObject::Define(Napi::Env env) {
  return DefineClass(
      env, "NativeSession",
      {InstanceMethod<&SessionObject::Run>("run"), InstanceMethod<&SessionObject::Cancel>("cancel"),
       InstanceMethod<&SessionObject::Dispose>("dispose"),
       InstanceAccessor<&SessionObject::Outputs>("outputs"),
       InstanceAccessor<&SessionObject::Description>("description"),
       InstanceAccessor<&SessionObject::Memory>("memory")});
}

SessionObject::SessionObject(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<SessionObject>(info) {}

SessionObject::~SessionObject() { Release(environment_); }

void SessionObject::Start(Napi::Env env, std::unique_ptr<FrameRunner> runner, ModelRecord record) {
  const Program& program = runner->program();
  for (const ProgramOutput& output : program.outputs) {
    outputs_.emplace_back(output.name, program.values[output.value].shape);
  }
  description_ = runner->description();
  memory_ = runner->memory();
  environment_ = env;
  auto doorbell = std::make_unique<Doorbell>(Doorbell{this});
  bell_ = Bell::New(
      env, "mobilenet session", 0, 1, doorbell.get(),
      [](Napi::Env, void*, Doorbell* rung) { const std::unique_ptr<Doorbell> last(rung); });
  doorbell_ = doorbell.release();
  bell_.Unref(env);
  session_ = std::make_unique<Session>(
      std::move(runner), std::move(record),
      [this](FrameResult result) { OnCompleted(std::move(result)); }, [this] { OnClosed(); });
  // Added after the bell, hence run before the bell's own clean-up: the session's thread never
  // rings a bell that is gone.
  napi_add_env_cleanup_hook(env, OnEnvironmentExit, this);
  Napi::MemoryManagement::AdjustExternalMemory(
      env, static_cast<int64_t>(memory_.activations + memory_.weights));
}

void SessionObject::Hold(Napi::Env env) {
  if (holds_++ == 0) {
    Ref();
    bell_.Ref(env);
  }
}

void SessionObject::Unhold(Napi::Env env) {
  if (--holds_ == 0) {
    if (doorbell_ != nullptr) {
      bell_.Unref(env);
    }
    Unref();
  }
}

Napi::Value SessionObject::Run(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return Guard(env, [&]() -> Napi::Value {
    if (!session_) {
      throw Error(ErrorCode::kDisposed, "the session has been disposed");
    }
    const uint64_t id = ReadId(info);
    if (pending_.contains(id)) {
      throw Error(ErrorCode::kInvalidOption, "frame " + std::to_string(id) + " is already queued");
    }
    const Frame frame = ReadFrame(ObjectReader(info[1], "frame"));
    Request request = ReadRequest(ObjectReader(info[2], "request"), session_->runner().program());
    Pending pending{Napi::Promise::Deferred::New(env), KeepArrays(info)};
    const Napi::Promise promise = pending.deferred.Promise();
    session_->Enqueue(id, frame, std::move(request));
    pending_.emplace(id, std::move(pending));
    Hold(env);
    return promise;
  });
}

Napi::Value SessionObject::Cancel(const Napi::CallbackInfo& info) {
  return Guard(info.Env(), [&]() -> Napi::Value {
    return Napi::Boolean::New(info.Env(), session_ && session_->Cancel(ReadId(info)));
  });
}

Napi::Value SessionObject::Dispose(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto deferred = Napi::Promise::Deferred::New(env);
  if (!session_) {
    deferred.Resolve(env.Undefined());
    return deferred.Promise();
  }
  if (disposals_.empty()) {
    Hold(env);
    session_->BeginClose();
  }
  disposals_.push_back(deferred);
  return deferred.Promise();
}

Napi::Value SessionObject::Outputs(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array list = Napi::Array::New(env, outputs_.size());
  for (size_t i = 0; i < outputs_.size(); ++i) {
    Napi::Object output = Napi::Object::New(env);
    output.Set("name", outputs_[i].first);
    output.Set("shape", ShapeObject(env, outputs_[i].second));
    list.Set(static_cast<uint32_t>(i), output);
  }
  return list;
}

Napi::Value SessionObject::Description(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), description_);
}

Napi::Value SessionObject::Memory(const Napi::CallbackInfo& info) {
  Napi::Object memory = Napi::Object::New(info.Env());
  memory.Set("activations", static_cast<double>(memory_.activations));
  memory.Set("weights", static_cast<double>(memory_.weights));
  return memory;
}

void SessionObject::OnCompleted(FrameResult result) {
  {
    const std::lock_guard lock(mutex_);
    completed_.push_back(std::move(result));
  }
  bell_.NonBlockingCall();
}

void SessionObject::OnClosed() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  bell_.NonBlockingCall();
}

void SessionObject::Answer(Napi::Env env, Napi::Function, Doorbell* doorbell, void*) {
  if (env != nullptr && doorbell->owner != nullptr) {
    doorbell->owner->Deliver(env);
  }
}

void SessionObject::Deliver(Napi::Env env) {
  std::deque<FrameResult> completed;
  bool closed = false;
  {
    const std::lock_guard lock(mutex_);
    completed.swap(completed_);
    closed = closed_;
  }
  for (FrameResult& result : completed) {
    Settle(env, std::move(result));
  }
  if (closed && session_) {
    FinishClosing(env);
  }
}

void SessionObject::Settle(Napi::Env env, FrameResult result) {
  const auto found = pending_.find(result.id);
  if (found == pending_.end()) {
    return;
  }
  const Pending pending = std::move(found->second);
  pending_.erase(found);
  if (result.error) {
    pending.deferred.Reject(ToJavaScript(env, *result.error).Value());
  } else {
    try {
      pending.deferred.Resolve(ResultObject(env, result));
    } catch (const Napi::Error& error) {
      pending.deferred.Reject(error.Value());
    }
  }
  Unhold(env);
}

void SessionObject::FinishClosing(Napi::Env env) {
  Release(env);
  for (const Napi::Promise::Deferred& disposal : disposals_) {
    disposal.Resolve(env.Undefined());
  }
  disposals_.clear();
  Unhold(env);
}

// Ends the thread, frees the memory and lets go of the environment. Idempotent.
void SessionObject::Release(Napi::Env env) {
  if (!session_) {
    return;
  }
  session_->Close();
  session_.reset();
  napi_remove_env_cleanup_hook(env, OnEnvironmentExit, this);
  Napi::MemoryManagement::AdjustExternalMemory(
      env, -static_cast<int64_t>(memory_.activations + memory_.weights));
  doorbell_->owner = nullptr;
  doorbell_ = nullptr;
  bell_.Release();
}

void SessionObject::OnEnvironmentExit(void* self) {
  auto* object = static_cast<SessionObject*>(self);
  object->Release(object->environment_);
  object->pending_.clear();
}

}  // namespace mobilenet

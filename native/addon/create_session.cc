#include "addon/create_session.h"

#include <charconv>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "addon/addon_data.h"
#include "addon/choose.h"
#include "addon/errors.h"
#include "addon/read_network.h"
#include "addon/read_record.h"
#include "addon/session_object.h"
#include "core/caught_error.h"
#include "core/executor_runner.h"
#include "core/reference_executor.h"
#include "cpu/cpu_executor.h"
#include "metal/metal_runner.h"

namespace mobilenet {

namespace {

enum class ExecutorKind { kCpu, kMetal, kReference };

constexpr Choices<ExecutorKind, 3> kExecutors{{
    {"cpu", ExecutorKind::kCpu},
    {"metal", ExecutorKind::kMetal},
    {"reference", ExecutorKind::kReference},
}};

constexpr Choices<MetalPrecision, 2> kPrecisions{{
    {"float16", MetalPrecision::kFloat16},
    {"float32", MetalPrecision::kFloat32},
}};

struct SessionOptions {
  ExecutorKind executor = ExecutorKind::kCpu;
  CpuOptions cpu;
  MetalOptions metal;
  CompileOptions compile;
};

// A registry id has 64 bits, more than a JavaScript number holds: it comes as digits. Absent: 0.
uint64_t ReadRegistryId(const ObjectReader& reader) {
  const std::string digits = reader.OptionalString("registryId");
  uint64_t id = 0;
  const char* const end = digits.data() + digits.size();
  const auto [last, error] = std::from_chars(digits.data(), end, id);
  if (!digits.empty() && (error != std::errc() || last != end)) {
    throw Error(ErrorCode::kInvalidOption,
                "expected a registry id's digits but received '" + digits + "'");
  }
  return id;
}

MetalOptions ReadMetalOptions(const ObjectReader& reader) {
  MetalOptions options;
  options.registry_id = ReadRegistryId(reader);
  options.precision = Choose(reader, "precision", kPrecisions);
  options.frames_in_flight = static_cast<size_t>(reader.Integer("framesInFlight", 1, INT32_MAX));
  options.batch_size = static_cast<size_t>(reader.Integer("batchSize", 1, INT32_MAX));
  return options;
}

SessionOptions ReadOptions(const ObjectReader& reader) {
  SessionOptions options;
  options.executor = Choose(reader, "executor", kExecutors);
  options.compile.fuse = reader.Boolean("fuse");
  if (options.executor == ExecutorKind::kCpu) {
    options.cpu.threads = static_cast<int>(reader.Integer("threads", 1, 256));
    options.cpu.instruction_set = reader.String("instructionSet");
  } else if (options.executor == ExecutorKind::kMetal) {
    options.metal = ReadMetalOptions(reader.Object("metal"));
  }
  return options;
}

std::unique_ptr<FrameRunner> MakeRunner(const Program& program, const ModelRecord& record,
                                        const SessionOptions& options) {
  switch (options.executor) {
    case ExecutorKind::kMetal:
      return MakeMetalRunner(program, record, options.metal);
    case ExecutorKind::kReference:
      return MakeExecutorRunner({MakeReferenceExecutor(program)}, record);
    case ExecutorKind::kCpu:
      break;
  }
  return MakeExecutorRunner(MakeCpuExecutors(program, options.cpu), record);
}

// Compiles on a libuv thread; holds the model's bytes only until the weights are packed.
class SessionMaker : public Napi::AsyncWorker {
 public:
  SessionMaker(Napi::Env env, const ObjectReader& network, const ObjectReader& options)
      : Napi::AsyncWorker(env, "mobilenet createSession"),
        deferred_(Napi::Promise::Deferred::New(env)),
        graph_(ReadGraph(network.Object("graph"))),
        record_(ReadRecord(network, graph_)),
        tensors_(ReadTensors(network.Get("tensors"), network.Bytes("data"))),
        options_(ReadOptions(options)),
        data_(Napi::Persistent(network.Get("data").As<Napi::Object>())) {}

  Napi::Promise Promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    try {
      const Program program = Compile(graph_, tensors_, options_.compile);
      runner_ = MakeRunner(program, record_, options_);
    } catch (const std::exception&) {
      error_ = CaughtError("the network was loaded");
    }
  }

  void OnOK() override {
    const Napi::Env env = Env();
    const Napi::HandleScope scope(env);
    try {
      if (error_) {
        deferred_.Reject(ToJavaScript(env, *error_).Value());
        return;
      }
      const Napi::Object object = env.GetInstanceData<AddonData>()->session_class.New({});
      SessionObject::Unwrap(object)->Start(env, std::move(runner_), std::move(record_));
      deferred_.Resolve(object);
    } catch (const Error& error) {
      deferred_.Reject(ToJavaScript(env, error).Value());
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    } catch (const std::exception& error) {
      deferred_.Reject(ToJavaScript(env, Error(ErrorCode::kInternal, error.what())).Value());
    }
  }

 private:
  Napi::Promise::Deferred deferred_;
  Graph graph_;
  ModelRecord record_;
  TensorMap tensors_;
  SessionOptions options_;
  Napi::ObjectReference data_;
  std::unique_ptr<FrameRunner> runner_;
  std::optional<Error> error_;
};

}  // namespace

Napi::Value CreateSession(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return Guard(env, [&]() -> Napi::Value {
    auto made = std::make_unique<SessionMaker>(env, ObjectReader(info[0], "network"),
                                               ObjectReader(info[1], "options"));
    // A queued AsyncWorker deletes itself once it has run.
    SessionMaker* maker = made.release();
    const Napi::Promise promise = maker->Promise();
    maker->Queue();
    return promise;
  });
}

}  // namespace mobilenet

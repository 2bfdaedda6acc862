#include "library.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <regex>

#include "../control.h"
#include "raise.h"
#include "text.h"

using apple_double::RaiseInvalidArgument;
using apple_double::ShaderFunction;
using apple_double::ToNSString;
using apple_double::ToString;

NSErrorDomain const MTLLibraryErrorDomain = @"MTLLibraryErrorDomain";

namespace apple_double {

// Weak: the double's own tests are linked without the kernels.
__attribute__((weak)) const ShaderFunction* FindShaderFunction(std::string_view name);

namespace {

std::mutex registered_mutex;

// A deque: pipelines keep pointers into it. Never destroyed.
std::deque<ShaderFunction>& Registered() {
  static auto* registered = new std::deque<ShaderFunction>;
  return *registered;
}

const ShaderFunction* FindFunction(const std::string& name) {
  {
    const std::lock_guard lock(registered_mutex);
    const auto& registered = Registered();
    const auto found =
        std::find_if(registered.rbegin(), registered.rend(),
                     [&name](const ShaderFunction& function) { return function.name == name; });
    if (found != registered.rend()) {
      return &*found;
    }
  }
  return FindShaderFunction == nullptr ? nullptr : FindShaderFunction(name);
}

// The names of the kernels in the source, or nothing when no compiler would take it.
std::optional<std::vector<std::string>> KernelNames(const std::string& source) {
  if (source.find("#include <metal_stdlib>") == std::string::npos ||
      std::count(source.begin(), source.end(), '{') !=
          std::count(source.begin(), source.end(), '}')) {
    return std::nullopt;
  }
  static const auto* kernel = new std::regex(R"(\bkernel\s+void\s+(\w+)\s*\()");
  std::vector<std::string> names;
  for (std::sregex_iterator match(source.begin(), source.end(), *kernel), end; match != end;
       ++match) {
    names.push_back((*match)[1]);
  }
  if (names.empty()) {
    return std::nullopt;
  }
  return names;
}

NSError* LibraryError(MTLLibraryError code, NSString* description) {
  return [NSError errorWithDomain:MTLLibraryErrorDomain
                             code:static_cast<NSInteger>(code)
                         userInfo:@{NSLocalizedDescriptionKey : description}];
}

}  // namespace

void RegisterShaderFunction(const ShaderFunction& function) {
  const std::lock_guard lock(registered_mutex);
  Registered().push_back(function);
}

}  // namespace apple_double

@implementation MTLCompileOptions

- (instancetype)init {
  if ((self = [super init])) {
    _fastMathEnabled = YES;
    _languageVersion = MTLLanguageVersion2_4;
  }
  return self;
}

- (id)copyWithZone:(NSZone*)zone {
  MTLCompileOptions* copy = [[MTLCompileOptions alloc] init];
  copy.fastMathEnabled = _fastMathEnabled;
  copy.languageVersion = _languageVersion;
  return copy;
}

@end

@implementation AppleDoubleLibrary {
  AppleDoubleDevice* _device;
  std::vector<std::string> _names;
}

@synthesize label = _label;

+ (instancetype)newLibraryWithDevice:(AppleDoubleDevice*)device
                              source:(NSString*)source
                               error:(NSError* __autoreleasing*)error {
  auto names = apple_double::KernelNames(ToString(source));
  if (!names || [device state]->removed) {
    if (error != nullptr) {
      *error = apple_double::LibraryError(MTLLibraryErrorCompileFailure,
                                          @"program_source:1:1: error: this is no Metal source");
    }
    return nil;
  }
  AppleDoubleLibrary* library = [[self alloc] init];
  library->_device = device;
  library->_names = std::move(*names);
  return library;
}

- (id<MTLDevice>)device {
  return _device;
}

- (NSArray<NSString*>*)functionNames {
  NSMutableArray<NSString*>* names = [NSMutableArray array];
  for (const std::string& name : _names) {
    [names addObject:ToNSString(name)];
  }
  return names;
}

- (id<MTLFunction>)newFunctionWithName:(NSString*)functionName {
  const std::string name = ToString(functionName);
  if (std::find(_names.begin(), _names.end(), name) == _names.end()) {
    return nil;
  }
  const ShaderFunction* shader = apple_double::FindFunction(name);
  if (shader == nullptr) {
    RaiseInvalidArgument("the source has the kernel " + name +
                         ", but the double was built without it");
  }
  return [[AppleDoubleFunction alloc] initWithDevice:_device shader:shader];
}

@end

@implementation AppleDoubleFunction {
  AppleDoubleDevice* _device;
  const ShaderFunction* _shader;
}

@synthesize label = _label;

- (instancetype)initWithDevice:(AppleDoubleDevice*)device shader:(const ShaderFunction*)shader {
  if ((self = [super init])) {
    _device = device;
    _shader = shader;
  }
  return self;
}

- (const ShaderFunction*)shader {
  return _shader;
}

- (id<MTLDevice>)device {
  return _device;
}

- (MTLFunctionType)functionType {
  return MTLFunctionTypeKernel;
}

- (NSString*)name {
  return ToNSString(std::string(_shader->name));
}

@end

@implementation AppleDoublePipeline {
  AppleDoubleDevice* _device;
  const ShaderFunction* _shader;
  NSString* _label;
}

+ (instancetype)newPipelineWithDevice:(AppleDoubleDevice*)device
                             function:(id<MTLFunction>)function
                                error:(NSError* __autoreleasing*)error {
  if (function.device != device) {
    RaiseInvalidArgument("the function belongs to another device");
  }
  if ([device state]->removed) {
    if (error != nullptr) {
      *error = apple_double::LibraryError(MTLLibraryErrorInternal, @"the device was removed");
    }
    return nil;
  }
  AppleDoublePipeline* pipeline = [[self alloc] init];
  pipeline->_device = device;
  pipeline->_shader = [(AppleDoubleFunction*)function shader];
  pipeline->_label = function.label;
  return pipeline;
}

- (const ShaderFunction*)shader {
  return _shader;
}

- (NSString*)label {
  return _label;
}

- (id<MTLDevice>)device {
  return _device;
}

- (NSUInteger)maxTotalThreadsPerThreadgroup {
  return [_device state]->spec.max_threads_per_threadgroup;
}

- (NSUInteger)threadExecutionWidth {
  return [_device state]->spec.thread_execution_width;
}

@end

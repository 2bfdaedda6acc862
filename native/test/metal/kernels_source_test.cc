// The text that Metal's compiler gets.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "metal/kernel_source.h"
#include "shader/shader_function.h"

#ifndef KERNEL_TEST_COMPILER
#define KERNEL_TEST_COMPILER "clang++-19"
#endif

namespace mobilenet::test {
namespace {

using metal::kKernelSource;

size_t CountOf(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

struct KernelText {
  std::string name;
  std::string_view parameters;
};

std::vector<KernelText> KernelsOf(std::string_view source) {
  constexpr std::string_view kBegin = "\nkernel void ";
  std::vector<KernelText> kernels;
  for (size_t at = source.find(kBegin); at != std::string_view::npos;
       at = source.find(kBegin, at)) {
    at += kBegin.size();
    const size_t parenthesis = source.find('(', at);
    const size_t end = source.find(") {\n", at);
    kernels.push_back({std::string(source.substr(at, parenthesis - at)),
                       source.substr(parenthesis + 1, end - parenthesis - 1)});
  }
  return kernels;
}

// What stands between double brackets.
std::vector<std::string> AttributesOf(std::string_view parameters) {
  std::vector<std::string> attributes;
  for (size_t at = parameters.find("[["); at != std::string_view::npos;
       at = parameters.find("[[", at + 2)) {
    attributes.emplace_back(parameters.substr(at + 2, parameters.find("]]", at) - at - 2));
  }
  return attributes;
}

// Compiles as C++, without warnings about what C++14, Metal's own base, does not have.
bool Compiles(std::string_view source) {
  const auto include =
      std::filesystem::path(__FILE__).parent_path() / "../../../test/apple-double/shader/include";
  const std::string command = std::string(KERNEL_TEST_COMPILER) +
                              " -x c++ -std=c++20 -fsyntax-only -Wall -Wextra -Wshadow -Werror"
                              " -Wpre-c++17-compat -Wpre-c++20-compat -isystem '" +
                              include.string() + "' -";
  FILE* const compiler = popen(command.c_str(), "w");
  if (compiler == nullptr) {
    return false;
  }
  const bool written = std::fwrite(source.data(), 1, source.size(), compiler) == source.size();
  return pclose(compiler) == 0 && written;
}

TEST_CASE("all kernels are one source that compiles") {
  const std::string_view source = kKernelSource;
  CHECK(CountOf(source, "#include") == 1);
  CHECK(CountOf(source, "#include <metal_stdlib>\n") == 1);
  CHECK(CountOf(source, "struct Tap {") == 1);
  CHECK(Compiles(source));
}

TEST_CASE("arguments are numbered in the order in which they appear, the position comes last") {
  const std::vector<KernelText> kernels = KernelsOf(kKernelSource);
  CHECK(kernels.size() == CountOf(kKernelSource, "kernel void "));
  CHECK(kernels.size() == CountOf(kKernelSource, "[[thread_position_in_grid]]"));
  for (const auto& [name, parameters] : kernels) {
    CAPTURE(name);
    const apple_double::ShaderFunction* const function = apple_double::FindShaderFunction(name);
    REQUIRE(function != nullptr);
    const std::vector<std::string> attributes = AttributesOf(parameters);
    size_t textures = 0;
    size_t buffers = 0;
    for (size_t i = 0; i + 1 < attributes.size(); ++i) {
      const bool texture = attributes[i].starts_with("texture");
      CHECK(attributes[i] == (texture ? "texture(" + std::to_string(textures++) + ")"
                                      : "buffer(" + std::to_string(buffers++) + ")"));
    }
    CHECK(attributes.back() == "thread_position_in_grid");
    CHECK(textures == function->texture_count);
    CHECK(buffers == function->buffer_count);
    const auto& writes = function->writes_texture;
    CHECK(CountOf(parameters, "access::write") ==
          static_cast<size_t>(std::count(writes.begin(), writes.end(), true)));
  }
}

}  // namespace
}  // namespace mobilenet::test

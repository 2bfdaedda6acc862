// The kernels as C++, in one translation unit: in the source that Metal compiles they are one, too.
#include "shader_binding.h"
#include "shader_function.h"

// Last, because of Metal's words for address spaces, which are macros here.
#include "metal/kernels/label_pixels.metal"
#include "metal/kernels/pack_channels.metal"
#include "metal/kernels/resize_bilinear.metal"
#include "metal/kernels/sample_picture.metal"
#include "metal/kernels/score_activation.metal"

namespace apple_double {
namespace {

// A new kernel needs a line here.
constexpr std::array kShaderFunctions{
    Kernel<label_pixels>::Describe("label_pixels"),
    Kernel<pack_channels>::Describe("pack_channels"),
    Kernel<pack_channel_slices>::Describe("pack_channel_slices"),
    Kernel<unpack_channels>::Describe("unpack_channels"),
    Kernel<unpack_channel_slices>::Describe("unpack_channel_slices"),
    Kernel<resize_bilinear>::Describe("resize_bilinear"),
    Kernel<resize_bilinear_slices>::Describe("resize_bilinear_slices"),
    Kernel<sample_picture>::Describe("sample_picture"),
    Kernel<softmax>::Describe("softmax"),
    Kernel<sigmoid>::Describe("sigmoid"),
};

}  // namespace

const ShaderFunction* FindShaderFunction(std::string_view name) {
  for (const ShaderFunction& function : kShaderFunctions) {
    if (function.name == name) {
      return &function;
    }
  }
  return nullptr;
}

}  // namespace apple_double

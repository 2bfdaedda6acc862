#pragma once

#include <vector>

#include "compute_image_texels.h"
#include "compute_neuron_function.h"

namespace apple_double {

struct ConvolutionShape {
  size_t kernel_width = 1;
  size_t kernel_height = 1;
  size_t input_channels = 1;
  size_t output_channels = 1;
  size_t stride_x = 1;
  size_t stride_y = 1;
  size_t dilation_x = 1;
  size_t dilation_y = 1;
  size_t groups = 1;
  bool depthwise = false;
  NeuronFunction neuron;

  size_t DilatedWidth() const { return (kernel_width - 1) * dilation_x + 1; }
  size_t DilatedHeight() const { return (kernel_height - 1) * dilation_y + 1; }
};

struct ConvolutionPlacement {
  // MPSCNNKernel.offset: the source pixel under the window's centre for the first output.
  long offset_x = 0;
  long offset_y = 0;
  bool clamp = false;             // edge mode: clamp, else zero
  bool half_accumulator = false;  // else float
};

// A convolution with its weights, packed for the arithmetic.
class Convolution {
 public:
  // Weights [output][kernel_height][kernel_width][input / groups], or for depthwise convolutions
  // [channel][kernel_height][kernel_width]. Biases: one each output channel, or none.
  Convolution(const ConvolutionShape& shape, const std::vector<float>& weights,
              std::vector<float> biases);

  const ConvolutionShape& Shape() const { return shape_; }
  void Run(const ImageTexels& source, const ImageTexels& destination,
           const ConvolutionPlacement& placement) const;

 private:
  void PackPanels(const std::vector<float>& weights);
  void PackDepthwise(const std::vector<float>& weights);
  void RunPointwise(const ImageTexels& source, const ImageTexels& destination,
                    const ConvolutionPlacement& placement) const;
  void RunWindows(const ImageTexels& source, const ImageTexels& destination,
                  const ConvolutionPlacement& placement) const;
  void RunDepthwise(const ImageTexels& source, const ImageTexels& destination,
                    const ConvolutionPlacement& placement) const;
  // Panels [begin, end) of a group for `rows` pixels from first_pixel.
  void MultiplyPanels(const float* a, size_t a_stride, size_t rows, size_t group, size_t begin,
                      size_t end, const ImageTexels& destination, size_t first_pixel,
                      bool half) const;

  ConvolutionShape shape_;
  std::vector<float> biases_;
  std::vector<float> packed_;
  size_t depth_ = 0;  // products in a sum
  size_t panels_per_group_ = 0;
};

}  // namespace apple_double

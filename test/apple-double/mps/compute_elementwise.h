#pragma once

#include <cstddef>

#include "compute_image_texels.h"
#include "compute_neuron_function.h"

namespace apple_double {

// Kernels other than convolutions. Sizes were checked by whoever encodes them.

struct Sum {
  float primary_scale = 1;
  float secondary_scale = 1;
  float bias = 0;
  float minimum = 0;
  float maximum = 0;
};

void Add(const Sum& sum, const ImageTexels& primary, const ImageTexels& secondary,
         const ImageTexels& destination);
void ApplyNeuron(const NeuronFunction& neuron, const ImageTexels& source,
                 const ImageTexels& destination);
void Copy(const ImageTexels& source, const ImageTexels& destination);
void SoftMax(const ImageTexels& source, const ImageTexels& destination);
void SpatialMean(const ImageTexels& source, const ImageTexels& destination);

struct Pooling {
  size_t kernel_width = 1;
  size_t kernel_height = 1;
  size_t stride_x = 1;
  size_t stride_y = 1;
  long offset_x = 0;
  long offset_y = 0;
  bool clamp = false;  // shrinks the window to the image and its zero padding
  long zero_pad_x = 0;
  long zero_pad_y = 0;
};

void PoolAverage(const Pooling& pooling, const ImageTexels& source, const ImageTexels& destination);

struct Upsampling {
  size_t factor_x = 1;
  size_t factor_y = 1;
  bool align_corners = false;
};

void UpsampleNearest(const Upsampling& upsampling, const ImageTexels& source,
                     const ImageTexels& destination);
void UpsampleBilinear(const Upsampling& upsampling, const ImageTexels& source,
                      const ImageTexels& destination);

}  // namespace apple_double

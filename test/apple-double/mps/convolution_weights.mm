#include "convolution_weights.h"

#include <cstring>

#include "../metal/raise.h"
#include "../metal/text.h"
#include "neuron_internal.h"

namespace apple_double {

namespace {

// MPSCNNConvolution.h: as many purges as loads, whatever happens in between.
class Loaded {
 public:
  explicit Loaded(id<MPSCNNConvolutionDataSource> source)
      : source_(source), loaded_([source load] != NO) {}
  ~Loaded() {
    if (loaded_) {
      [source_ purge];
    }
  }
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;
  explicit operator bool() const { return loaded_; }

 private:
  id<MPSCNNConvolutionDataSource> source_;
  bool loaded_;
};

[[noreturn]] void Refuse(const ConvolutionWeights& weights, const std::string& reason) {
  RaiseInvalidArgument("convolution " + ToString(weights.label) + ": " + reason);
}

void ReadShape(MPSCNNConvolutionDescriptor* descriptor, ConvolutionWeights& weights) {
  ConvolutionShape& shape = weights.shape;
  shape.kernel_width = descriptor.kernelWidth;
  shape.kernel_height = descriptor.kernelHeight;
  shape.input_channels = descriptor.inputFeatureChannels;
  shape.output_channels = descriptor.outputFeatureChannels;
  shape.stride_x = descriptor.strideInPixelsX;
  shape.stride_y = descriptor.strideInPixelsY;
  shape.dilation_x = descriptor.dilationRateX;
  shape.dilation_y = descriptor.dilationRateY;
  shape.groups = descriptor.groups;
  shape.depthwise = [descriptor isKindOfClass:[MPSCNNDepthWiseConvolutionDescriptor class]];
  shape.neuron = FunctionOf(descriptor.fusedNeuronDescriptor);
  for (const size_t number :
       {shape.kernel_width, shape.kernel_height, shape.input_channels, shape.output_channels,
        shape.stride_x, shape.stride_y, shape.dilation_x, shape.dilation_y, shape.groups}) {
    if (number == 0) {
      Refuse(weights, "a size, stride, dilation or number of groups is 0");
    }
  }
}

void RequirePossible(const ConvolutionWeights& weights) {
  const ConvolutionShape& shape = weights.shape;
  if (shape.depthwise) {
    // MPSCNNConvolution.h, MPSCNNDepthWiseConvolutionDescriptor.
    if (shape.groups != 1) {
      Refuse(weights, "groups of a depthwise convolution must be 1");
    }
    if (shape.input_channels != shape.output_channels) {
      Refuse(weights, "depthwise convolutions have a channel multiplier of 1 only");
    }
    return;
  }
  // MPSCNNConvolution.h, MPSCNNConvolutionDescriptor.groups.
  if (shape.input_channels % shape.groups != 0 || shape.output_channels % shape.groups != 0) {
    Refuse(weights, "groups must divide the channels");
  }
  if (shape.groups > 1 && ((shape.input_channels / shape.groups) % 4 != 0 ||
                           (shape.output_channels / shape.groups) % 4 != 0)) {
    Refuse(weights, "channels in each group must be a multiple of 4");
  }
}

// MPSCNNConvolution.h, rangesForUInt8Kernel and lookupTableForUInt8Kernel.
void ReadQuantized(id<MPSCNNConvolutionDataSource> source, const uint8_t* from,
                   ConvolutionWeights& weights) {
  const auto quantization = [source respondsToSelector:@selector(weightsQuantizationType)]
                                ? [source weightsQuantizationType]
                                : MPSCNNWeightsQuantizationTypeNone;
  const size_t each = weights.weights.size() / weights.shape.output_channels;
  if (quantization == MPSCNNWeightsQuantizationTypeLinear &&
      [source respondsToSelector:@selector(rangesForUInt8Kernel)]) {
    const vector_float2* ranges = [source rangesForUInt8Kernel];
    for (size_t i = 0; i < weights.weights.size(); ++i) {
      const float minimum = ranges[i / each][0];
      const float maximum = ranges[i / each][1];
      weights.weights[i] = static_cast<float>(from[i]) / 255.0F * (maximum - minimum) + minimum;
    }
  } else if (quantization == MPSCNNWeightsQuantizationTypeLookupTable &&
             [source respondsToSelector:@selector(lookupTableForUInt8Kernel)]) {
    const float* table = [source lookupTableForUInt8Kernel];
    for (size_t i = 0; i < weights.weights.size(); ++i) {
      weights.weights[i] = table[from[i]];
    }
  } else {
    Refuse(weights, "UInt8 weights need ranges or a lookup table");
  }
}

void ReadNumbers(id<MPSCNNConvolutionDataSource> source, ConvolutionWeights& weights) {
  const ConvolutionShape& shape = weights.shape;
  const size_t inputs = shape.depthwise ? 1 : shape.input_channels / shape.groups;
  weights.weights.resize(shape.output_channels * shape.kernel_height * shape.kernel_width * inputs);
  const void* from = [source weights];
  if (from == nullptr) {
    Refuse(weights, "there are no weights");
  }
  switch ([source dataType]) {
    case MPSDataTypeFloat32:
      std::memcpy(weights.weights.data(), from, weights.weights.size() * sizeof(float));
      break;
    case MPSDataTypeFloat16:
      for (size_t i = 0; i < weights.weights.size(); ++i) {
        weights.weights[i] = static_cast<float>(static_cast<const _Float16*>(from)[i]);
      }
      break;
    case MPSDataTypeUInt8:
      ReadQuantized(source, static_cast<const uint8_t*>(from), weights);
      break;
    default:
      Refuse(weights, "weights must be Float32, Float16 or UInt8");
  }
  if (const float* biases = [source biasTerms]) {
    weights.biases.assign(biases, biases + shape.output_channels);
  }
}

// MPSCNNConvolution.h, kernelWeightsDataType: float16 unless Float32 is asked for, which only
// Float32 weights may.
void ChooseKernelType(id<MPSCNNConvolutionDataSource> source, ConvolutionWeights& weights) {
  MPSDataType type = MPSDataTypeFloat16;
  if ([source respondsToSelector:@selector(kernelWeightsDataType)]) {
    type = [source kernelWeightsDataType];
    if (type != MPSDataTypeFloat16 && type != MPSDataTypeFloat32) {
      Refuse(weights, "kernelWeightsDataType must be Float16 or Float32");
    }
    if (type == MPSDataTypeFloat32 && [source dataType] != MPSDataTypeFloat32) {
      Refuse(weights, "kernelWeightsDataType must be Float16 for weights that are not Float32");
    }
  }
  weights.kernel_has_float32_weights = type == MPSDataTypeFloat32;
}

}  // namespace

bool ReadWeights(id<MPSCNNConvolutionDataSource> source, ConvolutionWeights& weights) {
  {
    // MPSCNNConvolution.h: a load need not lead to reading weights.
    const Loaded loaded(source);
    if (!loaded) {
      return false;
    }
    weights.label = [[source label] copy];
    ReadShape([source descriptor], weights);
  }
  RequirePossible(weights);
  const Loaded loaded(source);
  if (!loaded) {
    return false;
  }
  if ([source respondsToSelector:@selector(weightsLayout)] &&
      [source weightsLayout] != MPSCNNConvolutionWeightsLayoutOHWI) {
    Refuse(weights, "only the layout OHWI is supported");
  }
  ReadNumbers(source, weights);
  ChooseKernelType(source, weights);
  if (!weights.kernel_has_float32_weights) {
    for (float& weight : weights.weights) {
      weight = static_cast<float>(static_cast<_Float16>(weight));
    }
  }
  return true;
}

}  // namespace apple_double

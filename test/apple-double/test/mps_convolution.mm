#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "mps_support.h"

using namespace apple_double_test;  // NOLINT(google-build-using-namespace)

namespace {

id<MPSNNPadding> TensorflowSame() {
  return [MPSNNDefaultPadding paddingWithMethod:MPSNNPaddingMethodAddRemainderToBottomRight |
                                                MPSNNPaddingMethodAlignCentered |
                                                MPSNNPaddingMethodSizeSame];
}

MPSCNNConvolutionNode* Node(TestWeights* weights) {
  MPSCNNConvolutionNode* node = [MPSCNNConvolutionNode nodeWithSource:Input(@"in") weights:weights];
  node.paddingPolicy = TensorflowSame();
  return node;
}

// TensorFlow's convolution with SAME padding, in double precision. `depthwise` weights are
// [channel][height][width], others [output][height][width][input / groups].
std::vector<double> Reference(const std::vector<float>& image, long width, long height,
                              const std::vector<float>& weights, const std::vector<float>& biases,
                              MPSCNNConvolutionDescriptor* shape) {
  const bool depthwise = [shape isKindOfClass:[MPSCNNDepthWiseConvolutionDescriptor class]];
  const long inputs = static_cast<long>(shape.inputFeatureChannels);
  const long outputs = static_cast<long>(shape.outputFeatureChannels);
  const long groups = static_cast<long>(shape.groups);
  const long kernel = static_cast<long>(shape.kernelWidth);
  const long stride = static_cast<long>(shape.strideInPixelsX);
  const long dilation = static_cast<long>(shape.dilationRateX);
  const auto before = [&](long size) {
    const long out = (size + stride - 1) / stride;
    return std::max((out - 1) * stride + (kernel - 1) * dilation + 1 - size, 0L) / 2;
  };
  const long depth = depthwise ? 1 : inputs / groups;
  std::vector<double> result;
  for (long y = 0; y < (height + stride - 1) / stride; ++y) {
    for (long x = 0; x < (width + stride - 1) / stride; ++x) {
      for (long output = 0; output < outputs; ++output) {
        double sum = biases.empty() ? 0 : static_cast<double>(biases[static_cast<size_t>(output)]);
        for (long i = 0; i < kernel; ++i) {
          for (long j = 0; j < kernel; ++j) {
            const long row = y * stride + i * dilation - before(height);
            const long column = x * stride + j * dilation - before(width);
            if (row < 0 || row >= height || column < 0 || column >= width) {
              continue;
            }
            for (long k = 0; k < depth; ++k) {
              const long first = depthwise ? output : output / (outputs / groups) * depth;
              const double value = static_cast<double>(
                  image[static_cast<size_t>((row * width + column) * inputs + first + k)]);
              sum += value * static_cast<double>(weights[static_cast<size_t>(
                                 ((output * kernel + i) * kernel + j) * depth + k)]);
            }
          }
        }
        result.push_back(sum);
      }
    }
  }
  return result;
}

// The largest difference, relative to what float16 can tell apart.
double Error(const std::vector<float>& values, const std::vector<double>& reference) {
  REQUIRE(values.size() == reference.size());
  double worst = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    worst = std::max(worst, std::fabs(static_cast<double>(values[i]) - reference[i]) /
                                std::max(1.0, std::fabs(reference[i])));
  }
  return worst;
}

constexpr double kHalfEpsilon = 1.0 / 2048;

void CheckAgainstReference(MPSCNNConvolutionDescriptor* shape, NSUInteger width,
                           NSUInteger height) {
  const bool depthwise = [shape isKindOfClass:[MPSCNNDepthWiseConvolutionDescriptor class]];
  const size_t depth = depthwise ? 1 : shape.inputFeatureChannels / shape.groups;
  const auto weights =
      SomeNumbers(shape.outputFeatureChannels * shape.kernelHeight * shape.kernelWidth * depth, 3);
  const auto biases = SomeNumbers(shape.outputFeatureChannels, 4);
  const auto image = SomeNumbers(width * height * shape.inputFeatureChannels, 5);
  TestWeights* source = [TestWeights weightsWithShape:shape floats:weights biases:biases];
  const auto result = Run(Node(source), {MakeImage(MTLCreateSystemDefaultDevice(), width, height,
                                                   shape.inputFeatureChannels, image)});
  const auto reference =
      Reference(image, static_cast<long>(width), static_cast<long>(height), weights, biases, shape);
  CAPTURE(shape.kernelWidth);
  CAPTURE(shape.inputFeatureChannels);
  CAPTURE(shape.outputFeatureChannels);
  CHECK(Error(result, reference) <= kHalfEpsilon);
}

}  // namespace

TEST_CASE("mps convolution: windows, strides, dilations, odd channels") {
  FreshDouble fresh;
  @autoreleasepool {
    for (const NSUInteger kernel : {1UL, 2UL, 3UL, 5UL}) {
      for (const NSUInteger stride : {1UL, 2UL}) {
        for (const NSUInteger dilation : {1UL, 2UL, 4UL}) {
          MPSCNNConvolutionDescriptor* shape = ConvolutionShape(kernel, 3, 18);
          shape.strideInPixelsX = shape.strideInPixelsY = stride;
          shape.dilationRateX = shape.dilationRateY = dilation;
          CheckAgainstReference(shape, 9, 8);
          shape = DepthwiseShape(kernel, 11);
          shape.strideInPixelsX = shape.strideInPixelsY = stride;
          shape.dilationRateX = shape.dilationRateY = dilation;
          CheckAgainstReference(shape, 8, 9);
        }
      }
    }
  }
}

TEST_CASE("mps convolution: 1x1 of every number of pixels and channels") {
  FreshDouble fresh;
  @autoreleasepool {
    for (const NSUInteger size : {1UL, 5UL, 7UL, 10UL}) {
      for (const NSUInteger channels : {1UL, 2UL, 4UL, 13UL, 40UL}) {
        CheckAgainstReference(ConvolutionShape(1, channels, 33), size, size);
        CheckAgainstReference(ConvolutionShape(1, 8, channels), size, size);
      }
    }
  }
}

TEST_CASE("mps convolution: groups") {
  FreshDouble fresh;
  @autoreleasepool {
    MPSCNNConvolutionDescriptor* shape = ConvolutionShape(3, 16, 40);
    shape.groups = 2;
    CheckAgainstReference(shape, 5, 5);
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    const auto make = [&](NSUInteger inputs, NSUInteger outputs, NSUInteger groups) {
      MPSCNNConvolutionDescriptor* grouped = ConvolutionShape(1, inputs, outputs);
      grouped.groups = groups;
      (void)MakeGraph(device, Node([TestWeights weightsWithShape:grouped
                                                          floats:std::vector<float>(4096)
                                                          biases:{}]));
    };
    CHECK(Raises([&] { make(16, 16, 3); }, "divide"));
    CHECK(Raises([&] { make(16, 16, 8); }, "multiple of 4"));
    CHECK(Raises([&] { make(16, 16, 16); }, "multiple of 4"));
    MPSCNNConvolutionDescriptor* depthwise = DepthwiseShape(3, 8);
    depthwise.groups = 8;
    TestWeights* weights = [TestWeights weightsWithShape:depthwise
                                                  floats:std::vector<float>(72)
                                                  biases:{}];
    CHECK(Raises([&] { (void)MakeGraph(device, Node(weights)); }, "must be 1"));
    CHECK(weights.loads == weights.purges);
    depthwise = DepthwiseShape(3, 8);
    depthwise.outputFeatureChannels = 16;
    weights.shape = depthwise;
    CHECK(Raises([&] { (void)MakeGraph(device, Node(weights)); }, "multiplier"));
  }
}

TEST_CASE("mps convolution: the image's channels must be the descriptor's") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSNNGraph* graph =
        MakeGraph(device, Node([TestWeights weightsWithShape:ConvolutionShape(1, 8, 4)
                                                      floats:SomeNumbers(32, 1)
                                                      biases:{}]));
    CHECK(Raises([&] { RunGraph(graph, {MakeImage(device, 1, 1, 7, SomeNumbers(7, 1))}); },
                 "7 channels"));
  }
}

TEST_CASE("mps convolution: weights are rounded to float16 unless the source declines") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    const float weight = 1.0F + 1.0F / 8192;
    const auto run = [&](MPSDataType kernel_type) {
      TestWeights* weights = [TestWeights weightsWithShape:ConvolutionShape(1, 1, 1)
                                                    floats:{weight}
                                                    biases:{}];
      weights.kernelType = kernel_type;
      MPSNNGraph* graph = MakeGraph(device, Node(weights));
      graph.format = MPSImageFeatureChannelFormatFloat32;
      return ReadImage(RunGraph(
          graph, {MakeImage(device, 1, 1, 1, {3}, MPSImageFeatureChannelFormatFloat32)}))[0];
    };
    CHECK(run(MPSDataTypeInvalid) == 3);  // not implemented
    CHECK(run(MPSDataTypeFloat16) == 3);
    CHECK(run(MPSDataTypeFloat32) == 3 * weight);
  }
}

TEST_CASE("mps convolution: what kernelWeightsDataType forbids") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    TestWeights* weights = [TestWeights weightsWithShape:ConvolutionShape(1, 1, 1)
                                                  floats:{1}
                                                  biases:{}];
    weights.kernelType = MPSDataTypeFloat32;
    MPSCNNConvolutionNode* node = Node(weights);
    CHECK(node.accumulatorPrecision == MPSNNConvolutionAccumulatorPrecisionOptionFloat);
    node.accumulatorPrecision = MPSNNConvolutionAccumulatorPrecisionOptionHalf;
    CHECK(Raises([&] { (void)MakeGraph(device, node); }, "Float accumulator"));
    for (const MPSDataType type : {MPSDataTypeFloat16, MPSDataTypeUInt8}) {
      weights.type = type;
      const std::string reason = ReasonOf([&] { (void)MakeGraph(device, Node(weights)); });
      CHECK(reason.find(type == MPSDataTypeUInt8 ? "lookup table" : "must be Float16") !=
            std::string::npos);
    }
    weights.type = MPSDataTypeFloat32;
    weights.kernelType = MPSDataTypeUInt8;
    CHECK(Raises([&] { (void)MakeGraph(device, Node(weights)); }, "Float16 or Float32"));
    weights.type = MPSDataTypeInt8;
    CHECK(Raises([&] { (void)MakeGraph(device, Node(weights)); }, "must be Float32, Float16"));
    CHECK(weights.loads == weights.purges);
  }
}

TEST_CASE("mps convolution: float16 weights") {
  FreshDouble fresh;
  @autoreleasepool {
    const _Float16 halves[] = {static_cast<_Float16>(0.5F), static_cast<_Float16>(-2)};
    TestWeights* weights = [TestWeights weightsWithShape:ConvolutionShape(1, 2, 1)
                                                  floats:std::vector<float>(1)
                                                  biases:{}];
    std::vector<float> storage(1);
    std::memcpy(storage.data(), halves, sizeof halves);
    weights.floats = storage;
    weights.type = MPSDataTypeFloat16;
    CHECK(Run(Node(weights), {MakeImage(MTLCreateSystemDefaultDevice(), 1, 1, 2, {4, 3})})[0] ==
          -4);
  }
}

TEST_CASE("mps convolution: half accumulators round every sum") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    // 2048 + 1 + ... + 1: float16 cannot count on.
    std::vector<float> values(101, 1);
    values[0] = 2048;
    for (const bool half : {false, true}) {
      MPSCNNConvolutionNode* node = Node([TestWeights weightsWithShape:ConvolutionShape(1, 101, 1)
                                                                floats:std::vector<float>(101, 1)
                                                                biases:{}]);
      node.accumulatorPrecision = half ? MPSNNConvolutionAccumulatorPrecisionOptionHalf
                                       : MPSNNConvolutionAccumulatorPrecisionOptionFloat;
      CHECK(Run(node, {MakeImage(device, 1, 1, 101, values)})[0] == (half ? 2048 : 2148));
      // And of a depthwise one.
      MPSCNNConvolutionNode* depthwise =
          Node([TestWeights weightsWithShape:DepthwiseShape(3, 1)
                                      floats:{2048, 1, 1, 1, 1, 1, 1, 1, 1}
                                      biases:{}]);
      depthwise.accumulatorPrecision = node.accumulatorPrecision;
      CHECK(Run(depthwise, {MakeImage(device, 3, 3, 1, std::vector<float>(9, 1))})[4] ==
            (half ? 2048 : 2056));
    }
  }
}

TEST_CASE("mps convolution: results are rounded to the image's format") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    const auto run = [&](float bias, MPSImageFeatureChannelFormat format) {
      MPSNNGraph* graph =
          MakeGraph(device, Node([TestWeights weightsWithShape:ConvolutionShape(1, 1, 1)
                                                        floats:{0}
                                                        biases:{bias}]));
      graph.format = format;
      return ReadImage(RunGraph(graph, {MakeImage(device, 1, 1, 1, {1})}))[0];
    };
    const auto half = MPSImageFeatureChannelFormatFloat16;
    CHECK(run(2049, half) == 2048);  // to even
    CHECK(run(2051, half) == 2052);
    CHECK(run(65519, half) == 65504);
    CHECK(std::isinf(run(65520, half)));
    CHECK(run(65520, MPSImageFeatureChannelFormatFloat32) == 65520);
    CHECK(run(1e-8F, half) == 0);
  }
}

TEST_CASE("mps convolution: fused activations") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSCNNConvolutionDescriptor* shape = ConvolutionShape(1, 3, 3);
    const std::vector<float> identity = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    const auto run = [&](MPSNNNeuronDescriptor* neuron) {
      shape.fusedNeuronDescriptor = neuron;
      return Run(Node([TestWeights weightsWithShape:shape floats:identity biases:{}]),
                 {MakeImage(device, 1, 1, 3, {-2, 3, 9})});
    };
    CHECK(run([MPSNNNeuronDescriptor cnnNeuronDescriptorWithType:MPSCNNNeuronTypeNone]) ==
          std::vector<float>{-2, 3, 9});
    CHECK(run([MPSNNNeuronDescriptor cnnNeuronDescriptorWithType:MPSCNNNeuronTypeReLU a:0.5F]) ==
          std::vector<float>{-1, 3, 9});
    CHECK(run([MPSNNNeuronDescriptor cnnNeuronDescriptorWithType:MPSCNNNeuronTypeReLUN a:0 b:6]) ==
          std::vector<float>{0, 3, 6});
    const auto sigmoid =
        run([MPSNNNeuronDescriptor cnnNeuronDescriptorWithType:MPSCNNNeuronTypeSigmoid]);
    CHECK(sigmoid[0] == RoundToHalf(1 / (1 + std::exp(2.0F))));
    shape.fusedNeuronDescriptor =
        [MPSNNNeuronDescriptor cnnNeuronDescriptorWithType:MPSCNNNeuronTypeGeLU];
    CHECK(Raises(
        [&] {
          (void)MakeGraph(device, Node([TestWeights weightsWithShape:shape
                                                              floats:identity
                                                              biases:{}]));
        },
        "neuron"));
  }
}

TEST_CASE(
    "mps convolution: a data source is loaded first, read once, on another thread, and purged") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    TestWeights* weights = [TestWeights weightsWithShape:ConvolutionShape(1, 2, 1)
                                                  floats:{1, 2}
                                                  biases:{3}];
    MPSCNNConvolutionNode* node = Node(weights);
    CHECK(weights.loads == 0);
    MPSNNGraph* graph = MakeGraph(device, node);
    CHECK(weights.loads == 2);
    CHECK(weights.purges == 2);
    CHECK_FALSE(weights.wasReadWithoutLoad);
    CHECK_FALSE(weights.wasReadOnThisThread);
    // What it held may be freed now.
    weights.floats = {};
    weights.biases = {};
    weights.shape = nil;
    CHECK(ReadImage(RunGraph(graph, {MakeImage(device, 1, 1, 2, {10, 100})}))[0] == 213);
    CHECK(weights.loads == 2);
    TestWeights* refusing = [TestWeights weightsWithShape:ConvolutionShape(1, 2, 1)
                                                   floats:{1, 2}
                                                   biases:{}];
    refusing.refusesToLoad = YES;
    CHECK((MakeGraph(device, Node(refusing)) == nil));
  }
}

TEST_CASE("mps convolution: garbage of padding channels is not read, and is written") {
  FreshDouble fresh;
  @autoreleasepool {
    // Five channels from five: both images have three channels of garbage.
    std::vector<float> weights(25, 1);
    MPSImage* image = MakeImage(MTLCreateSystemDefaultDevice(), 1, 1, 5, {1, 2, 3, 4, 5});
    MPSImage* result =
        RunGraph(MakeGraph(MTLCreateSystemDefaultDevice(),
                           Node([TestWeights weightsWithShape:ConvolutionShape(1, 5, 5)
                                                       floats:weights
                                                       biases:{}])),
                 {image});
    CHECK(ReadImage(result) == std::vector<float>(5, 15));
    _Float16 last[4];
    [result.texture getBytes:last
                 bytesPerRow:8
               bytesPerImage:8
                  fromRegion:MTLRegionMake2D(0, 0, 1, 1)
                 mipmapLevel:0
                       slice:1];
    CHECK(static_cast<float>(last[0]) == 15);
    CHECK(static_cast<float>(last[1]) == 12344);
    CHECK(static_cast<float>(last[3]) == 12344);
  }
}

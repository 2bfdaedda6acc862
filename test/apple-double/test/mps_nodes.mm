#include <doctest/doctest.h>

#include <cfloat>
#include <cmath>
#include <vector>

#include "mps_support.h"

using namespace apple_double_test;  // NOLINT(google-build-using-namespace)

namespace {

MPSImage* Image(NSUInteger width, NSUInteger height, NSUInteger channels,
                const std::vector<float>& values) {
  return MakeImage(MTLCreateSystemDefaultDevice(), width, height, channels, values);
}

std::vector<float> Numbers(size_t count, float first) {
  std::vector<float> numbers(count);
  for (size_t i = 0; i < count; ++i) {
    numbers[i] = first + static_cast<float>(i);
  }
  return numbers;
}

}  // namespace

TEST_CASE("mps nodes: addition, scaled and clamped") {
  FreshDouble fresh;
  @autoreleasepool {
    MPSNNImageNode* left = Input(@"left");
    MPSNNImageNode* right = Input(@"right");
    MPSNNAdditionNode* node = [MPSNNAdditionNode nodeWithLeftSource:left rightSource:right];
    CHECK(node.primaryScale == 1);
    CHECK(node.bias == 0);
    CHECK(node.minimumValue == -FLT_MAX);
    CHECK(node.maximumValue == FLT_MAX);
    MPSImage* first = Image(1, 2, 5, Numbers(10, 0));
    MPSImage* second = Image(1, 2, 5, std::vector<float>(10, 2));
    CHECK(Run(node, {first, second}) == Numbers(10, 2));
    node.minimumValue = 4;
    node.maximumValue = 6;
    CHECK(Run(node, {first, second}) == std::vector<float>{4, 4, 4, 5, 6, 6, 6, 6, 6, 6});
    MPSNNAdditionNode* scaled = [MPSNNAdditionNode nodeWithSources:@[ left, left ]];
    scaled.primaryScale = 3;
    scaled.secondaryScale = -1;
    scaled.bias = 1;
    CHECK(Run(scaled, {first})[4] == 9);
    CHECK(Raises([&] { (void)[MPSNNAdditionNode nodeWithSources:@[ left ]]; }, "two sources"));
  }
}

TEST_CASE("mps nodes: addition of images that differ") {
  FreshDouble fresh;
  @autoreleasepool {
    MPSNNAdditionNode* node = [MPSNNAdditionNode nodeWithLeftSource:Input(@"left")
                                                        rightSource:Input(@"right")];
    MPSImage* image = Image(2, 2, 4, Numbers(16, 0));
    CHECK(Raises([&] { Run(node, {image, Image(2, 1, 4, Numbers(8, 0))}); }, "size"));
    CHECK(Raises([&] { Run(node, {image, Image(2, 2, 3, Numbers(12, 0))}); }, "channels"));
    CHECK(Raises([&] { Run(node, {image}); }, "2 source images"));
  }
}

TEST_CASE("mps nodes: concatenation takes four channels for every started four") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSNNImageNode* left = Input(@"left");
    MPSNNImageNode* right = Input(@"right");
    // Filters, so that it does not matter how inputs are ordered.
    MPSNNConcatenationNode* node = [MPSNNConcatenationNode nodeWithSources:@[ left, right, left ]];
    MPSNNGraph* graph = MakeGraph(device, node);
    const auto run = [&](MPSImage* first, MPSImage* second) {
      const bool left_first = [graph.sourceImageHandles[0].label isEqualToString:@"left"];
      return RunGraph(graph, left_first ? std::vector<MPSImage*>{first, second}
                                        : std::vector<MPSImage*>{second, first});
    };
    MPSImage* even = run(Image(1, 1, 4, {1, 2, 3, 4}), Image(1, 1, 8, Numbers(8, 5)));
    CHECK(even.featureChannels == 16);
    CHECK(ReadImage(even) == std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3, 4});
    MPSImage* gaps = run(Image(1, 1, 3, {1, 2, 3}), Image(1, 1, 5, Numbers(5, 5)));
    CHECK(gaps.featureChannels == 16);
    CHECK(ReadImage(gaps) ==
          std::vector<float>{1, 2, 3, 12344, 5, 6, 7, 8, 9, 12344, 12344, 12344, 1, 2, 3, 12344});
    CHECK(
        Raises([&] { run(Image(1, 1, 4, Numbers(4, 1)), Image(2, 1, 4, Numbers(8, 1))); }, "size"));
  }
}

TEST_CASE("mps nodes: upsampling") {
  FreshDouble fresh;
  @autoreleasepool {
    MPSImage* image = Image(2, 1, 1, {0, 4});
    MPSCNNUpsamplingNearestNode* nearest = [MPSCNNUpsamplingNearestNode nodeWithSource:Input(@"in")
                                                                   integerScaleFactorX:2
                                                                   integerScaleFactorY:3];
    CHECK(nearest.scaleFactorY == 3);
    CHECK(Run(nearest, {image}) == std::vector<float>{0, 0, 4, 4, 0, 0, 4, 4, 0, 0, 4, 4});
    MPSCNNUpsamplingBilinearNode* edges = [MPSCNNUpsamplingBilinearNode nodeWithSource:Input(@"in")
                                                                   integerScaleFactorX:2
                                                                   integerScaleFactorY:1];
    CHECK_FALSE(edges.alignCorners);
    CHECK(Run(edges, {image}) == std::vector<float>{0, 1, 3, 4});
    MPSCNNUpsamplingBilinearNode* corners =
        [MPSCNNUpsamplingBilinearNode nodeWithSource:Input(@"in")
                                 integerScaleFactorX:2
                                 integerScaleFactorY:1
                                        alignCorners:YES];
    CHECK(corners.alignCorners);
    CHECK(Run(corners, {image}) ==
          std::vector<float>{0, RoundToHalf(4.0F / 3), RoundToHalf(8.0F / 3), 4});
    // From one pixel: a constant.
    CHECK(Run(corners, {Image(1, 1, 1, {5})}) == std::vector<float>{5, 5});
    CHECK(Raises(
        [&] {
          Run([MPSCNNUpsamplingNearestNode nodeWithSource : Input(@"in")
                   integerScaleFactorX : 0 integerScaleFactorY : 1],
              { image });
        },
        "factor of 0"));
  }
}

TEST_CASE("mps nodes: softmax over channels, mean over the plane, activations") {
  FreshDouble fresh;
  @autoreleasepool {
    const auto probabilities = Run([MPSCNNSoftMaxNode nodeWithSource : Input(@"in")],
                                   { Image(2, 1, 5, {0, 1, 2, 3, 4, 900, 900, 900, 900, 900}) });
    float sum = 0;
    for (int i = 0; i < 5; ++i) {
      sum += std::exp(static_cast<float>(i - 4));
    }
    CHECK(probabilities[4] == RoundToHalf(1 / sum));
    CHECK(probabilities[9] == RoundToHalf(0.2F));
    MPSImage* mean =
        RunGraph(MakeGraph(MTLCreateSystemDefaultDevice(),
                           [MPSNNReductionSpatialMeanNode nodeWithSource:Input(@"in")]),
                 {Image(2, 3, 2, Numbers(12, 0))});
    CHECK(mean.width == 1);
    CHECK(mean.height == 1);
    CHECK(ReadImage(mean) == std::vector<float>{5, 6});
    MPSImage* image = Image(3, 1, 1, {-2, 1, 9});
    CHECK(Run([MPSCNNNeuronReLUNode nodeWithSource : Input(@"in")], { image }) ==
          std::vector<float>{0, 1, 9});
    CHECK(Run([MPSCNNNeuronReLUNode nodeWithSource : Input(@"in") a : 2], { image }) ==
          std::vector<float>{-4, 1, 9});
    MPSCNNNeuronReLUNNode* clamped = [MPSCNNNeuronReLUNNode nodeWithSource:Input(@"in") a:0 b:6];
    CHECK(clamped.b == 6);
    CHECK(Run(clamped, {image}) == std::vector<float>{0, 1, 6});
    CHECK(Run([MPSCNNNeuronSigmoidNode nodeWithSource : Input(@"in")], { image })[1] ==
          RoundToHalf(1 / (1 + std::exp(-1.0F))));
    CHECK(Run([MPSCNNNeuronNode nodeWithSource : Input(@"in") descriptor :
               [MPSNNNeuronDescriptor cnnNeuronDescriptorWithType:MPSCNNNeuronTypeAbsolute]],
              { image }) == std::vector<float>{2, 1, 9});
  }
}

TEST_CASE("mps nodes: normalised integers") {
  FreshDouble fresh;
  @autoreleasepool {
    id<MTLDevice> device = MTLCreateSystemDefaultDevice();
    MPSImage* image =
        [[MPSImage alloc] initWithDevice:device
                         imageDescriptor:Describe(1, 1, 3, MPSImageFeatureChannelFormatUnorm8)];
    const uint8_t bytes[] = {0, 51, 255};
    [image writeBytes:bytes dataLayout:MPSDataLayoutHeightxWidthxFeatureChannels imageIndex:0];
    CHECK(Run([MPSCNNNeuronReLUNode nodeWithSource : Input(@"in")], { image }) ==
          std::vector<float>{0, RoundToHalf(0.2F), 1});
    MPSNNGraph* graph = MakeGraph(device, [MPSCNNNeuronReLUNode nodeWithSource:Input(@"in")]);
    graph.format = MPSImageFeatureChannelFormatUnorm8;
    MPSImage* result = RunGraph(graph, {Image(1, 1, 3, {0.25F, 2, 0.5F})});
    uint8_t read[3];
    [result readBytes:read dataLayout:MPSDataLayoutHeightxWidthxFeatureChannels imageIndex:0];
    CHECK(read[0] == 64);
    CHECK(read[1] == 255);
    CHECK(read[2] == 128);
  }
}

#include "instruction_counts/networks.h"

namespace mobilenet::test {
namespace {

constexpr Shape kInput{224, 224, 3};
constexpr int32_t kClasses = 1001;
constexpr auto kRelu6 = Activation::kRelu6;

Window ThreeByThree(int32_t stride) { return {.kernel = {3, 3}, .stride = {stride, stride}}; }

// The logits, whose weights published models store in float16.
void FinishClassifier(GraphTester& network) {
  network.GlobalAveragePool().Store(DataType::kFloat16).Conv2d(kClasses, {});
}

struct SeparableLayer {
  int32_t channels;
  int32_t stride;
};

struct Stage {
  int32_t channels;
  int32_t blocks;
  int32_t stride;  // of the first
};

void InvertedResidual(GraphTester& network, int32_t channels, int32_t stride) {
  const std::string input = network.value();
  const int32_t input_channels = network.shape().channels;
  network.Conv2d(6 * input_channels, {}, kRelu6);
  network.DepthwiseConv2d(ThreeByThree(stride), kRelu6).Conv2d(channels, {});
  if (stride == 1 && channels == input_channels) {
    network.Add(input);
  }
}

}  // namespace

GraphTester MobileNetV1() {
  GraphTester network(kInput);
  network.Conv2d(32, ThreeByThree(2), kRelu6);
  const std::vector<SeparableLayer> layers{{64, 1},  {128, 2},  {128, 1}, {256, 2}, {256, 1},
                                           {512, 2}, {512, 1},  {512, 1}, {512, 1}, {512, 1},
                                           {512, 1}, {1024, 2}, {1024, 1}};
  for (const SeparableLayer& layer : layers) {
    network.DepthwiseConv2d(ThreeByThree(layer.stride), kRelu6).Conv2d(layer.channels, {}, kRelu6);
  }
  FinishClassifier(network);
  return network;
}

GraphTester MobileNetV2() {
  GraphTester network(kInput);
  network.Conv2d(32, ThreeByThree(2), kRelu6);
  network.DepthwiseConv2d(ThreeByThree(1), kRelu6).Conv2d(16, {});
  const std::vector<Stage> stages{{24, 2, 2}, {32, 3, 2},  {64, 4, 2},
                                  {96, 3, 1}, {160, 3, 2}, {320, 1, 1}};
  for (const Stage& stage : stages) {
    for (int32_t block = 0; block < stage.blocks; ++block) {
      InvertedResidual(network, stage.channels, block == 0 ? stage.stride : 1);
    }
  }
  network.Conv2d(1280, {}, kRelu6);
  FinishClassifier(network);
  return network;
}

}  // namespace mobilenet::test

// Networks that read a picture's pixels as they are.

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>

#include "conformance.h"
#include "core/sampling.h"
#include "cpu_variants.h"
#include "sampling_tester.h"

namespace mobilenet::test {
namespace {

std::vector<float> OutputOf(Executor& executor) {
  const std::atomic<bool> stop{false};
  CHECK(executor.Run(stop));
  const std::span<const float> output = executor.output(0);
  return {output.begin(), output.end()};
}

// The first block of a MobileNet, with any window.
GraphTester Stem(Random& random, Extent size, uint32_t seed) {
  GraphTester tester({size.height, size.width, 3}, seed);
  tester.Conv2d(random.Choice<int32_t>({5, 8, 32}), RandomWindow(random, size, 4, false),
                Activation::kRelu6);
  tester.DepthwiseConv2d({.kernel = {3, 3}}, Activation::kRelu6).Conv2d(7, {});
  return tester;
}

TEST_CASE("a picture of the network's size is read as it is, to the same bits") {
  for (const CpuOptions& options : CpuVariants()) {
    CAPTURE(options.instruction_set);
    CAPTURE(options.threads);
    Random random(8);
    int read = 0;
    for (uint32_t round = 0; round < 40; ++round) {
      CAPTURE(round);
      Preprocessing preprocessing = RandomPreprocessing(random, 60);
      const Extent size = preprocessing.size;
      preprocessing.central_fraction = 1;
      // A part of a larger picture, down to its last pixel.
      const Extent whole = {size.height + random.Integer(0, 3), size.width + random.Integer(0, 3)};
      const std::vector<uint8_t> bytes = RandomPixels(random, whole);
      const Picture picture = {bytes, whole.width, whole.height};
      const Rectangle region = {whole.width - size.width, whole.height - size.height, size.width,
                                size.height};
      const GraphTester tester = Stem(random, size, round);
      const auto executor = MakeCpuExecutor(tester.Compile(), options);

      const auto pixels = PixelsAsTheyAre(picture, region, 0, preprocessing);
      REQUIRE(pixels.has_value());
      if (!executor->ReadPixels(*pixels)) {  // a window of one pixel, or maps that share memory
        continue;
      }
      read++;
      std::fill(executor->input().begin(), executor->input().end(), 77.0f);
      const std::vector<float> direct = OutputOf(*executor);
      // The frame after that is read from the input again.
      Preprocess(picture, region, 0, preprocessing, executor->input());
      CHECK(OutputOf(*executor) == direct);
    }
    CHECK(read > 20);
  }
}

TEST_CASE("other pictures are sampled") {
  const std::vector<uint8_t> bytes(9 * 9 * 3);
  const Picture picture = {bytes, 9, 9};
  Preprocessing preprocessing;
  preprocessing.size = {5, 5};
  CHECK(PixelsAsTheyAre(picture, {1, 2, 5, 5}, 0, preprocessing).has_value());
  CHECK_FALSE(PixelsAsTheyAre(picture, {1, 2, 5, 5}, 90, preprocessing).has_value());
  CHECK_FALSE(PixelsAsTheyAre(picture, {1, 2, 5, 6}, 0, preprocessing).has_value());
  CHECK_FALSE(PixelsAsTheyAre(picture, {0, 0, 9, 9}, 0, preprocessing).has_value());
  preprocessing.resize = ResizeMode::kPad;
  CHECK_FALSE(PixelsAsTheyAre(picture, {0, 0, 5, 4}, 0, preprocessing).has_value());
  preprocessing.resize = ResizeMode::kCentralCrop;
  preprocessing.central_fraction = 0.5;  // 2 pixels from each side
  CHECK(PixelsAsTheyAre(picture, {0, 0, 9, 9}, 0, preprocessing).has_value());
}

TEST_CASE("networks that use their input otherwise want it sampled") {
  const uint8_t byte = 0;
  const ScaledPixels pixels = {&byte, 0, {}, {}};
  const auto reads = [&](const GraphTester& tester) {
    return MakeCpuExecutor(tester.Compile(), {1, "auto"})->ReadPixels(pixels);
  };
  const auto stem = [](int32_t channels) {
    GraphTester tester({8, 8, channels});
    tester.Conv2d(3, {.kernel = {3, 3}}).DepthwiseConv2d({.kernel = {3, 3}}).Conv2d(3, {});
    return tester;
  };
  CHECK(reads(stem(3)));
  CHECK_FALSE(reads(stem(4)));
  CHECK_FALSE(reads(stem(3).Add("input")));
  CHECK_FALSE(reads(GraphTester({8, 8, 3}).Conv2d(3, {.kernel = {3, 3}})));
}

}  // namespace
}  // namespace mobilenet::test

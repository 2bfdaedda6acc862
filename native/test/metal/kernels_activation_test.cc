// softmax and sigmoid against double precision.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "graph_tester.h"
#include "kernels_tester.h"

namespace mobilenet::test {
namespace {

using mobilenet_kernels::VectorParameters;

std::vector<float> Run(const char* name, std::vector<float> logits, size_t channels) {
  std::vector<float> scores(logits.size(), std::nanf(""));
  const VectorParameters parameters{static_cast<uint32_t>(logits.size() / channels),
                                    static_cast<uint32_t>(channels)};
  const bool vectors = std::string_view(name) == "softmax";
  KernelCall(name)
      .Buffer(logits)
      .Buffer(scores)
      .Constant(parameters)
      .Run({vectors ? parameters.pixels : parameters.pixels * parameters.channels, 1, 1},
           {64, 1, 1});
  return scores;
}

// The largest error, as a fraction of the score; of 1e-30 for smaller ones, which float32 rounds
// to nothing.
double WorstSoftmax(const std::vector<float>& logits, size_t channels) {
  const std::vector<float> scores = Run("softmax", logits, channels);
  double worst = 0;
  for (size_t pixel = 0; pixel < logits.size(); pixel += channels) {
    const auto begin = logits.begin() + static_cast<ptrdiff_t>(pixel);
    const double largest = *std::max_element(begin, begin + static_cast<ptrdiff_t>(channels));
    double sum = 0;
    for (size_t c = 0; c < channels; ++c) {
      sum += std::exp(logits[pixel + c] - largest);
    }
    for (size_t c = 0; c < channels; ++c) {
      const double expected = std::exp(logits[pixel + c] - largest) / sum;
      const double error = std::abs(scores[pixel + c] - expected) / std::max(expected, 1e-30);
      worst = error <= worst ? worst : error;  // NaN counts
    }
  }
  return worst;
}

double WorstSigmoid(const std::vector<float>& logits, size_t channels) {
  const std::vector<float> scores = Run("sigmoid", logits, channels);
  double worst = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    const double expected = 1 / (1 + std::exp(-static_cast<double>(logits[i])));
    const double error = std::abs(scores[i] - expected) / std::max(expected, 1e-30);
    worst = error <= worst ? worst : error;
  }
  return worst;
}

TEST_CASE("softmax of classes and of maps") {
  Random random(51);
  CHECK(WorstSoftmax(random.Numbers(1001, -12, 12), 1001) < 1e-5);
  CHECK(WorstSoftmax(random.Numbers(1001, 3, 3.5f), 1001) < 1e-5);
  CHECK(WorstSoftmax(random.Numbers(1001, -2000, 2000), 1001) < 2e-5);
  for (const size_t channels : {2U, 3U, 21U, 91U}) {
    CHECK(WorstSoftmax(random.Numbers(129 * channels, -20, 20), channels) < 1e-5);
  }
  CHECK(Run("softmax", random.Numbers(70, -5, 5), 1) == std::vector<float>(70, 1.0f));
}

TEST_CASE("softmax of extreme logits") {
  CHECK(Run("softmax", {3e38f, -3e38f, 3e38f}, 3) == std::vector<float>{0.5f, 0, 0.5f});
  CHECK(Run("softmax", {-3e38f, -3e38f}, 2) == std::vector<float>{0.5f, 0.5f});
  CHECK(Run("softmax", {0, 500, 0, -500}, 2) == std::vector<float>{0, 1, 1, 0});
}

TEST_CASE("sigmoid") {
  Random random(52);
  CHECK(WorstSigmoid(random.Numbers(1001, -12, 12), 1001) < 1e-6);
  CHECK(WorstSigmoid(random.Numbers(1917 * 91, -60, 60), 91) < 5e-6);
  CHECK(Run("sigmoid", {0, 1000, -1000, 3e38f, -3e38f}, 5) == std::vector<float>{0.5f, 1, 0, 1, 0});
}

}  // namespace
}  // namespace mobilenet::test

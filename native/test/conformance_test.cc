#include "conformance.h"

#include <doctest/doctest.h>

#include "core/reference_executor.h"
#include "graph_tester.h"

namespace mobilenet::test {
namespace {

// Wrong by a little in one place: the comparison must notice.
class FlawedExecutor final : public Executor {
 public:
  explicit FlawedExecutor(const Program& program) : inner_(MakeReferenceExecutor(program)) {}
  std::span<float> input() override { return inner_->input(); }
  bool Run(const std::atomic<bool>& stop) override {
    const bool finished = inner_->Run(stop);
    const std::span<const float> output = inner_->output(0);
    output_.assign(output.begin(), output.end());
    output_.back() += 0.01f;
    return finished;
  }
  std::span<const float> output(size_t) const override { return output_; }
  const Program& program() const override { return inner_->program(); }
  std::string instruction_set() const override { return "flawed"; }
  size_t weight_bytes() const override { return 0; }

 private:
  std::unique_ptr<Executor> inner_;
  std::vector<float> output_;
};

TEST_CASE("the conformance suite accepts the reference executor itself") {
  const Candidates reference{{"reference", MakeReferenceExecutor}};
  CheckOperations(reference, 0, 8);
  CheckNetworks(reference, 0, 8);
}

TEST_CASE("a small error in one element is a difference") {
  GraphTester tester({4, 4, 3});
  tester.Conv2d(5, {.kernel = {3, 3}});
  const Program program = tester.Compile();
  FlawedExecutor flawed(program);
  const std::vector<float> input = RandomInput(program, 1);
  const auto expected = RunExecutor(*MakeReferenceExecutor(program), input);
  const auto actual = RunExecutor(flawed, input);
  CHECK(RelativeDifference(expected[0], actual[0]) > 1e-3);
  CHECK(RelativeDifference(expected[0], expected[0]) == 0);
  CHECK(RelativeDifference(expected[0], std::vector<float>(3)) > 1e30);
}

}  // namespace
}  // namespace mobilenet::test

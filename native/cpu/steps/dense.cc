#include "cpu/packing.h"
#include "cpu/steps/bounds.h"
#include "cpu/steps/prepared_step.h"
#include "cpu/steps/work_split.h"

namespace mobilenet {
namespace {

// Reading a weight from memory takes as long as this many multiply-adds.
constexpr double kWorkPerWeight = 8;

class DenseStep final : public PreparedStep {
 public:
  DenseStep(const StepContext& context, const Step& step) : kernels_(context.kernels) {
    DenseArguments& a = arguments_;
    a.input = context.Input(step);
    a.output = context.Output(step);
    a.inputs = context.InputShape(step).channels;
    a.outputs = context.OutputShape(step).channels;
    a.bounds = BoundsOf(step.activation);
    weights_ =
        context.PackedDense(step, static_cast<size_t>(a.inputs), static_cast<size_t>(a.outputs));
    a.biases = weights_->biases.data();
    a.weights = weights_->floats.data();
    a.half_weights = weights_->halves.data();
    panels_ =
        static_cast<ptrdiff_t>(weights_->biases.size()) / (kernels_.dense_vectors * kernels_.lanes);
    items_ = ItemCount(panels_, kWorkPerWeight * static_cast<double>(a.inputs * a.outputs),
                       context.threads);
  }

  void Run(ThreadPool& pool, const Scratch&) const override {
    pool.ParallelFor(static_cast<size_t>(items_), [&](size_t item, int) {
      const UnitRange panels = RangeOf(static_cast<ptrdiff_t>(item), items_, panels_);
      kernels_.dense(arguments_, panels.begin, panels.end);
    });
  }

  size_t weight_bytes() const override {
    return weights_->biases.bytes() + weights_->floats.bytes() + weights_->halves.bytes();
  }

 private:
  const KernelTable& kernels_;
  DenseArguments arguments_{};
  std::shared_ptr<const DenseWeights> weights_;
  ptrdiff_t panels_ = 0;
  ptrdiff_t items_ = 1;
};

}  // namespace

std::unique_ptr<PreparedStep> PrepareDense(const StepContext& context, const Step& step) {
  return std::make_unique<DenseStep>(context, step);
}

}  // namespace mobilenet

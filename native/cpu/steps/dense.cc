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
  DenseStep(const StepContext& context, const Step& step)
      : kernels_(context.kernels),
        inputs_(context.InputShape(step).channels),
        outputs_(context.OutputShape(step).channels),
        weights_(
            context.PackedDense(step, static_cast<size_t>(inputs_), static_cast<size_t>(outputs_))),
        panels_(static_cast<ptrdiff_t>(weights_->biases.size()) /
                (kernels_.dense_vectors * kernels_.lanes)),
        items_(ItemCount(panels_, kWorkPerWeight * static_cast<double>(inputs_ * outputs_),
                         context.threads)),
        arguments_{context.Input(step),
                   context.Output(step),
                   weights_->biases.data(),
                   weights_->floats.data(),
                   weights_->halves.data(),
                   inputs_,
                   outputs_,
                   BoundsOf(step.activation)} {}

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
  const ptrdiff_t inputs_;
  const ptrdiff_t outputs_;
  const std::shared_ptr<const DenseWeights> weights_;
  const ptrdiff_t panels_;
  const ptrdiff_t items_;
  const DenseArguments arguments_;
};

}  // namespace

std::unique_ptr<PreparedStep> PrepareDense(const StepContext& context, const Step& step) {
  return std::make_unique<DenseStep>(context, step);
}

}  // namespace mobilenet

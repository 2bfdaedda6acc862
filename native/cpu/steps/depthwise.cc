#include <algorithm>

#include "cpu/packing.h"
#include "cpu/steps/bounds.h"
#include "cpu/steps/interior.h"
#include "cpu/steps/prepared_step.h"
#include "cpu/steps/window_of.h"
#include "cpu/steps/work_split.h"

namespace mobilenet {
namespace {

// Fewer rows than this per thread are not enough to share evenly.
constexpr ptrdiff_t kRowsPerThread = 16;

class DepthwiseStep final : public PreparedStep {
 public:
  DepthwiseStep(const StepContext& context, const Step& step) : kernels_(context.kernels) {
    arguments_.input = context.Input(step);
    arguments_.output = context.Output(step);
    arguments_.window = WindowOf(context, step);
    arguments_.channels = context.InputShape(step).channels;
    arguments_.bounds = BoundsOf(step.activation);
    const Window& w = arguments_.window;
    const Interior interior = InteriorOf(w);
    arguments_.interior_begin = interior.begin;
    arguments_.interior_end = interior.end;
    const auto taps = static_cast<size_t>(w.kernel_height * w.kernel_width);
    weights_ = context.PackedDepthwise(step, taps, static_cast<size_t>(arguments_.channels));
    arguments_.weights = weights_->data();
    DivideWork(context.threads);
  }

  void Run(ThreadPool& pool, const Scratch&) const override {
    pool.ParallelFor(static_cast<size_t>(row_items_ * block_items_), [&](size_t item, int) {
      const auto index = static_cast<ptrdiff_t>(item);
      const UnitRange rows =
          RangeOf(index / block_items_, row_items_, arguments_.window.output_height);
      const UnitRange blocks = RangeOf(index % block_items_, block_items_, blocks_);
      kernels_.depthwise(arguments_, {rows.begin, rows.end, blocks.begin, blocks.end});
    });
  }

  size_t weight_bytes() const override { return weights_->bytes(); }

 private:
  // Rows where there are many; on small maps channels, so that each thread reads its own weights.
  void DivideWork(int threads) {
    const Window& w = arguments_.window;
    blocks_ = (arguments_.channels + kernels_.lanes - 1) / kernels_.lanes;
    const double work = static_cast<double>(w.output_height * w.output_width) *
                        static_cast<double>(weights_->size());
    const ptrdiff_t items = ItemCount(w.output_height * blocks_, work, threads);
    if (w.output_height >= kRowsPerThread * threads || blocks_ < items) {
      row_items_ = std::min(items, w.output_height);
      block_items_ = std::min((items + row_items_ - 1) / row_items_, blocks_);
    } else {
      block_items_ = items;
    }
  }

  const KernelTable& kernels_;
  DepthwiseArguments arguments_{};
  std::shared_ptr<const AlignedBuffer<float>> weights_;
  ptrdiff_t blocks_ = 0;
  ptrdiff_t row_items_ = 1;
  ptrdiff_t block_items_ = 1;
};

}  // namespace

std::unique_ptr<PreparedStep> PrepareDepthwise(const StepContext& context, const Step& step) {
  return std::make_unique<DepthwiseStep>(context, step);
}

}  // namespace mobilenet

#include <algorithm>

#include "cpu/packing.h"
#include "cpu/steps/bounds.h"
#include "cpu/steps/prepared_step.h"
#include "cpu/steps/window_of.h"
#include "cpu/steps/work_split.h"

namespace mobilenet {
namespace {

// Below this many input channels a whole kernel row makes one run.
constexpr ptrdiff_t kRowRunChannels = 16;
// Weights up to this size stay in the first-level cache while tile after tile passes.
constexpr size_t kResidentWeightBytes = 24 << 10;
// Otherwise inputs of about this size stay in the second-level cache while the weights pass.
constexpr size_t kBlockBytes = 256 << 10;
constexpr ptrdiff_t kMostRunsPerBlock = 1 << 14;

bool IsPointwise(const Window& w) {
  return w.kernel_height == 1 && w.kernel_width == 1 && w.stride_y == 1 && w.stride_x == 1 &&
         w.output_height == w.input_height && w.output_width == w.input_width;
}

class ConvolutionStep final : public PreparedStep {
 public:
  ConvolutionStep(const StepContext& context, const Step& step)
      : kernels_(context.kernels), threads_(context.threads) {
    DescribeRuns(context, step);
    const size_t inputs = static_cast<size_t>(arguments_.taps * arguments_.run_length);
    const auto outputs = static_cast<size_t>(arguments_.output_channels);
    weights_ = context.PackedConvolution(step, inputs, outputs);
    panels_ = static_cast<ptrdiff_t>(PanelCount(outputs, kernels_));
    arguments_.weights = weights_->data();
    if (!arguments_.pointwise) {
      zeros_ = AlignedBuffer<float>(static_cast<size_t>(arguments_.run_length));
      arguments_.zeros = zeros_.data();
    }
    DivideTiles();
    DivideWork();
  }

  void Run(ThreadPool& pool, const Scratch& scratch) const override {
    pool.ParallelFor(static_cast<size_t>(row_items_ * panel_items_), [&](size_t item, int thread) {
      const auto index = static_cast<ptrdiff_t>(item);
      const UnitRange tiles = RangeOf(index / panel_items_, row_items_, arguments_.tiles);
      const UnitRange panels = RangeOf(index % panel_items_, panel_items_, panels_);
      std::byte* memory = scratch.of(thread);
      kernels_.convolution(arguments_, {tiles.begin, tiles.end, panels.begin, panels.end},
                           {reinterpret_cast<const float**>(memory),
                            reinterpret_cast<float*>(memory + RunsBytes())});
    });
  }

  size_t scratch_bytes() const override { return RunsBytes() + PatchBytes(); }
  size_t weight_bytes() const override { return weights_->bytes(); }

 private:
  void DescribeRuns(const StepContext& context, const Step& step) {
    ConvolutionArguments& a = arguments_;
    a.input = context.Input(step);
    a.output = context.Output(step);
    a.window = WindowOf(context, step);
    a.input_channels = context.InputShape(step).channels;
    a.output_channels = context.OutputShape(step).channels;
    a.pointwise = IsPointwise(a.window);
    a.row_runs = !a.pointwise && a.window.kernel_width > 1 && a.window.dilation_x == 1 &&
                 a.input_channels < kRowRunChannels;
    a.taps = a.window.kernel_height * (a.row_runs ? 1 : a.window.kernel_width);
    a.run_length = a.input_channels * (a.row_runs ? a.window.kernel_width : 1);
    a.bounds = BoundsOf(step.activation);
    a.bounded = step.activation != Activation::kNone;
  }

  void DivideTiles() {
    ConvolutionArguments& a = arguments_;
    const ptrdiff_t pixels = a.window.output_height * a.window.output_width;
    a.tiles = (pixels + kernels_.tile_rows - 1) / kernels_.tile_rows;
    a.tiles_per_block = 1;
    if (weights_->bytes() > kResidentWeightBytes) {
      const ptrdiff_t tile_runs = std::max<ptrdiff_t>(1, kernels_.tile_rows * a.taps);
      const size_t tile_bytes = static_cast<size_t>(tile_runs * a.run_length) * sizeof(float);
      const auto fitting = static_cast<ptrdiff_t>(kBlockBytes / tile_bytes);
      a.tiles_per_block =
          std::clamp<ptrdiff_t>(std::min(fitting, kMostRunsPerBlock / tile_runs), 1, a.tiles);
    }
  }

  // Where there are more weights than inputs each thread takes its own panels, else its own rows;
  // the other way serves when there are not enough of them.
  void DivideWork() {
    const ConvolutionArguments& a = arguments_;
    const double pixels = static_cast<double>(a.window.output_height * a.window.output_width);
    const double weights = static_cast<double>(weights_->size());
    const double inputs = static_cast<double>(a.window.input_height * a.window.input_width) *
                          static_cast<double>(a.input_channels);
    const ptrdiff_t items = ItemCount(a.tiles * panels_, pixels * weights, threads_);
    if (weights > inputs) {
      panel_items_ = std::min(items, panels_);
      row_items_ = std::min((items + panel_items_ - 1) / panel_items_, a.tiles);
    } else {
      row_items_ = std::min(items, a.tiles);
      panel_items_ = std::min((items + row_items_ - 1) / row_items_, panels_);
    }
  }

  size_t BlockRuns() const {
    return static_cast<size_t>(arguments_.tiles_per_block * kernels_.tile_rows * arguments_.taps);
  }
  size_t RunsBytes() const { return DivideUp(BlockRuns() * sizeof(float*), 64) * 64; }
  size_t PatchBytes() const {
    if (!arguments_.row_runs) {
      return 0;
    }
    return BlockRuns() * static_cast<size_t>(arguments_.run_length) * sizeof(float);
  }

  const KernelTable& kernels_;
  const int threads_;
  ConvolutionArguments arguments_{};
  std::shared_ptr<const AlignedBuffer<float>> weights_;
  AlignedBuffer<float> zeros_;
  ptrdiff_t panels_ = 0;
  ptrdiff_t row_items_ = 1;
  ptrdiff_t panel_items_ = 1;
};

}  // namespace

std::unique_ptr<PreparedStep> PrepareConvolution(const StepContext& context, const Step& step) {
  return std::make_unique<ConvolutionStep>(context, step);
}

}  // namespace mobilenet

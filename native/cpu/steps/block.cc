#include <algorithm>
#include <vector>

#include "core/blocks.h"
#include "core/padding.h"
#include "core/readers.h"
#include "cpu/cache_sizes.h"
#include "cpu/packing.h"
#include "cpu/steps/bounds.h"
#include "cpu/steps/interior.h"
#include "cpu/steps/prepared_step.h"
#include "cpu/steps/window_of.h"
#include "cpu/steps/work_split.h"

namespace mobilenet {
namespace {

// Columns of the map in between that are filled before the convolution follows: with the rows of
// one panel they fit the first-level cache.
constexpr ptrdiff_t kChunkColumns = 28;

// Where both would fit, panels are faster by about this much.
constexpr double kRowsCostMore = 0.15;

// Wider windows would need rows that are mostly padding.
constexpr int64_t kMostPaddedColumns = 64;

bool Overlap(const Program& program, size_t a, size_t b) {
  const Value& left = program.values[a];
  const Value& right = program.values[b];
  return left.offset < right.offset + ElementCount(right.shape) &&
         right.offset < left.offset + ElementCount(left.shape);
}

// The steps of a block by name, and the values it reads and makes.
struct BlockSteps {
  const Step* fill = nullptr;
  const Step* depthwise = nullptr;
  const Step* project = nullptr;
  const Step* add = nullptr;
  size_t input = 0;
  size_t residual = 0;  // where there is `add`
  size_t output = 0;
};

BlockSteps StepsOf(const Program& program, const Block& block) {
  const Step* step = program.steps.data() + block.first;
  BlockSteps steps{};
  steps.input = step->inputs[0];
  if (block.fill) {
    steps.fill = step++;
  }
  steps.depthwise = step++;
  steps.project = step++;
  steps.output = steps.project->output;
  if (block.residual) {
    steps.add = step;
    const std::vector<size_t>& terms = step->inputs;
    steps.residual = terms[0] == steps.project->output ? terms[1] : terms[0];
    steps.output = step->output;
  }
  return steps;
}

class BlockStep final : public PreparedStep {
 public:
  BlockStep(const StepContext& context, const BlockSteps& steps)
      : kernels_(context.kernels), threads_(context.threads) {
    Describe(context, steps);
    Pack(context, steps);
    ChooseTiles();
    DivideWork();
  }

  void Run(ThreadPool& pool, const Scratch& scratch) const override {
    if (by_panels_) {
      RunByPanels(pool, scratch);
    } else {
      RunByRows(pool, scratch);
    }
  }

  size_t shared_scratch_bytes() const override {
    return by_panels_ ? MapFloats(arguments_.window.output_height) * sizeof(float) : 0;
  }
  size_t scratch_bytes() const override {
    const size_t map = by_panels_ ? 0 : MapFloats(arguments_.step_rows);
    return (RingFloats() + RowFloats() + PatchFloats() + map) * sizeof(float);
  }
  bool reads_pixels() const override { return arguments_.pixels != nullptr; }
  size_t weight_bytes() const override {
    return (fill_weights_ == nullptr ? 0 : fill_weights_->bytes()) + depthwise_weights_->bytes() +
           project_weights_->bytes();
  }

 private:
  void Describe(const StepContext& context, const BlockSteps& steps) {
    BlockArguments& a = arguments_;
    const auto place = [&](size_t value) {
      return context.arena + context.program.values[value].offset;
    };
    a.input = place(steps.input);
    a.output = place(steps.output);
    a.residual = steps.add == nullptr ? nullptr : place(steps.residual);
    a.fill = BlockFill::kCopy;
    if (steps.fill != nullptr) {
      a.fill =
          IsPointwise(context.program, *steps.fill) ? BlockFill::kPointwise : BlockFill::kWindow;
      a.fill_window = WindowOf(context, *steps.fill);
      a.fill_bounds = BoundsOf(steps.fill->activation);
    }
    a.window = WindowOf(context, *steps.depthwise);
    const Interior interior = InteriorOf(a.window);
    a.interior_begin = interior.begin;
    a.interior_end = interior.end;
    a.input_channels = context.program.values[steps.input].shape.channels;
    const bool pixels = steps.input == 0 && a.fill == BlockFill::kWindow && a.input_channels == 3 &&
                        CountReaders(context.program)[0] == 1;
    a.pixels = pixels ? context.pixels : nullptr;
    a.channels = context.OutputShape(*steps.depthwise).channels;
    a.output_channels = context.OutputShape(*steps.project).channels;
    a.depthwise_bounds = BoundsOf(steps.depthwise->activation);
    a.output_bounds = BoundsOf((steps.add == nullptr ? steps.project : steps.add)->activation);
  }

  void Pack(const StepContext& context, const BlockSteps& steps) {
    BlockArguments& a = arguments_;
    const auto channels = static_cast<size_t>(a.channels);
    const auto outputs = static_cast<size_t>(a.output_channels);
    if (steps.fill != nullptr) {
      const ptrdiff_t taps = a.fill_window.kernel_height * a.fill_window.kernel_width;
      fill_weights_ = context.PackedConvolution(
          *steps.fill, static_cast<size_t>(taps * a.input_channels), channels);
      a.fill_weights = fill_weights_->data();
    }
    const ptrdiff_t taps = a.window.kernel_height * a.window.kernel_width;
    depthwise_weights_ =
        context.PackedDepthwise(*steps.depthwise, static_cast<size_t>(taps), channels);
    a.depthwise_weights = depthwise_weights_->data();
    project_weights_ = context.PackedConvolution(*steps.project, channels, outputs);
    a.project_weights = project_weights_->data();
    panels_ = static_cast<ptrdiff_t>(PanelCount(channels, kernels_));
    output_panels_ = static_cast<ptrdiff_t>(PanelCount(outputs, kernels_));
    blocks_ = (a.channels + kernels_.lanes - 1) / kernels_.lanes;
  }

  void ChooseTiles() {
    BlockArguments& a = arguments_;
    const Window& w = a.window;
    const ptrdiff_t last_column =
        (w.output_width - 1) * w.stride_x + (w.kernel_width - 1) * w.dilation_x - w.padding_left;
    a.padded_width = w.padding_left + std::max(w.input_width - 1, last_column) + 1;
    if (a.fill == BlockFill::kWindow) {
      const Window& f = a.fill_window;
      a.patch_width = ((f.output_width - 1) * f.stride_x + f.kernel_width) * a.input_channels;
    }
    a.ring_rows = w.input_height;
    by_panels_ = true;  // RingFloats depends on it
    by_panels_ = SuitsPanels();
    if (IsDirect()) {
      const auto row_bytes = static_cast<size_t>(w.output_width * a.channels) * sizeof(float);
      const auto fitting = static_cast<ptrdiff_t>(MachineCacheSizes().level2 / 4 / row_bytes);
      a.step_rows = std::clamp<ptrdiff_t>(fitting, 1, w.output_height);
      a.ring_rows = 0;
    } else if (!by_panels_) {
      a.step_rows = w.stride_y == 1 ? std::min<ptrdiff_t>(2, w.output_height) : 1;
      a.ring_rows = std::min(w.input_height, (a.step_rows - 1) * w.stride_y +
                                                 (w.kernel_height - 1) * w.dilation_y + 1);
      a.chunk_columns = kChunkColumns;
    }
  }

  // By channels where the map of a panel stays in the second-level cache with room to spare. It
  // reads weights once and a map to copy in many passes, by rows is the other way round.
  bool SuitsPanels() const {
    const BlockArguments& a = arguments_;
    const auto inputs =
        static_cast<size_t>(a.window.input_height * a.window.input_width * a.input_channels);
    return RingFloats() * sizeof(float) <= MachineCacheSizes().level2 / 2 &&
           (a.fill != BlockFill::kCopy || project_weights_->size() > inputs) &&
           PanelShare() <= RowShare() + kRowsCostMore;
  }

  // How much the busiest thread has to fill, in shares of what each would have if it could be dealt
  // out evenly: by panels,
  double PanelShare() const {
    const ptrdiff_t panels = (panels_ + threads_ - 1) / threads_;
    const ptrdiff_t most = std::min(panels * kernels_.panel_vectors, blocks_);
    return static_cast<double>(most * threads_) / static_cast<double>(blocks_);
  }

  // and by rows, of which those between two threads are filled by both.
  double RowShare() const {
    const Window& w = arguments_.window;
    const ptrdiff_t output_rows = (w.output_height + threads_ - 1) / threads_;
    const ptrdiff_t rows =
        (output_rows - 1) * w.stride_y + (w.kernel_height - 1) * w.dilation_y + 1;
    return static_cast<double>(std::min(rows, w.input_height) * threads_) /
           static_cast<double>(w.input_height);
  }

  // By rows, and the depthwise convolution reads the block's input.
  bool IsDirect() const { return !by_panels_ && arguments_.fill == BlockFill::kCopy; }

  void DivideWork() {
    const Window& w = arguments_.window;
    const double pixels = static_cast<double>(w.input_height * w.input_width);
    const double output_pixels = static_cast<double>(w.output_height * w.output_width);
    const size_t fill_weights = fill_weights_ == nullptr ? 0 : fill_weights_->size();
    const double before = pixels * static_cast<double>(fill_weights) +
                          output_pixels * static_cast<double>(depthwise_weights_->size());
    const double after = output_pixels * static_cast<double>(project_weights_->size());
    if (by_panels_) {
      fill_items_ = ItemCount(panels_, before, threads_);
      const ptrdiff_t tiles =
          (w.output_height * w.output_width + kernels_.tile_rows - 1) / kernels_.tile_rows;
      const ptrdiff_t items = ItemCount(output_panels_ * tiles, after, threads_);
      project_panel_items_ = std::min(items, output_panels_);
      project_pixel_items_ =
          std::min((items + project_panel_items_ - 1) / project_panel_items_, tiles);
      // As many for one thread as for another.
      while (project_panel_items_ * project_pixel_items_ % threads_ != 0 &&
             project_pixel_items_ < tiles) {
        project_pixel_items_++;
      }
    } else {
      // Kernels take two rows at once.
      unit_rows_ = IsDirect() ? std::min<ptrdiff_t>(2, w.output_height) : arguments_.step_rows;
      const ptrdiff_t units = (w.output_height + unit_rows_ - 1) / unit_rows_;
      row_items_ = ItemCount(units, before + after, threads_);
      if (!IsDirect()) {
        // Neighbouring items both fill the rows between them, so there are no more than threads.
        row_items_ = std::min<ptrdiff_t>(threads_, row_items_);
      }
    }
  }

  void RunByRows(ThreadPool& pool, const Scratch& scratch) const {
    const BlockArguments& a = arguments_;
    const ptrdiff_t units = (a.window.output_height + unit_rows_ - 1) / unit_rows_;
    pool.ParallelFor(static_cast<size_t>(row_items_), [&](size_t item, int thread) {
      const UnitRange range = RangeOf(static_cast<ptrdiff_t>(item), row_items_, units);
      kernels_.block_rows(a, ScratchOf(scratch, thread, nullptr), range.begin * unit_rows_,
                          std::min(range.end * unit_rows_, a.window.output_height));
    });
  }

  void RunByPanels(ThreadPool& pool, const Scratch& scratch) const {
    const BlockArguments& a = arguments_;
    auto* map = reinterpret_cast<float*>(scratch.shared());
    pool.ParallelFor(static_cast<size_t>(fill_items_), [&](size_t item, int thread) {
      const UnitRange range = RangeOf(static_cast<ptrdiff_t>(item), fill_items_, panels_);
      kernels_.block_panels(a, ScratchOf(scratch, thread, map), range.begin, range.end);
    });
    const ptrdiff_t pixels = a.window.output_height * a.window.output_width;
    pool.ParallelFor(
        static_cast<size_t>(project_panel_items_ * project_pixel_items_), [&](size_t item, int) {
          const auto index = static_cast<ptrdiff_t>(item);
          const UnitRange panels =
              RangeOf(index / project_pixel_items_, project_panel_items_, output_panels_);
          const UnitRange range =
              RangeOf(index % project_pixel_items_, project_pixel_items_, pixels);
          kernels_.block_project(a, map, range.begin, range.end, panels.begin, panels.end);
        });
  }

  // The zeros are written anew for every item: other steps use the same memory.
  BlockScratch ScratchOf(const Scratch& scratch, int thread, float* map) const {
    auto* memory = reinterpret_cast<float*>(scratch.of(thread));
    BlockScratch parts{};
    std::fill_n(memory, RowFloats(), 0.0f);
    parts.zeros = memory;
    parts.ring = memory + RowFloats();
    parts.patches = parts.ring + RingFloats();
    parts.map = map != nullptr ? map : parts.patches + PatchFloats();
    return parts;
  }

  size_t RowFloats() const { return static_cast<size_t>(arguments_.padded_width * kernels_.lanes); }
  size_t RingFloats() const {
    const ptrdiff_t blocks = by_panels_ ? kernels_.panel_vectors : blocks_;
    return static_cast<size_t>(blocks * arguments_.ring_rows) * RowFloats();
  }
  size_t PatchFloats() const {
    constexpr ptrdiff_t kLineFloats = 16;
    const ptrdiff_t floats =
        arguments_.ring_rows * arguments_.fill_window.kernel_height * arguments_.patch_width;
    return static_cast<size_t>((floats + kLineFloats - 1) / kLineFloats * kLineFloats);
  }
  size_t MapFloats(ptrdiff_t rows) const {
    return static_cast<size_t>(blocks_ * rows * arguments_.window.output_width * kernels_.lanes);
  }

  const KernelTable& kernels_;
  const int threads_;
  BlockArguments arguments_{};
  std::shared_ptr<const AlignedBuffer<float>> fill_weights_;  // null without a convolution to fill
  std::shared_ptr<const AlignedBuffer<float>> depthwise_weights_;
  std::shared_ptr<const AlignedBuffer<float>> project_weights_;
  ptrdiff_t panels_ = 0;  // of the map in between
  ptrdiff_t output_panels_ = 0;
  ptrdiff_t blocks_ = 0;
  bool by_panels_ = false;
  ptrdiff_t unit_rows_ = 1;
  ptrdiff_t row_items_ = 1;
  ptrdiff_t fill_items_ = 1;
  ptrdiff_t project_panel_items_ = 1;
  ptrdiff_t project_pixel_items_ = 1;
};

}  // namespace

std::unique_ptr<PreparedStep> PrepareBlock(const StepContext& context, const Block& block) {
  const BlockSteps steps = StepsOf(context.program, block);
  const Step& depthwise = *steps.depthwise;
  if (depthwise.kernel.height > kMaxBlockKernel ||
      DilatedSize(depthwise.kernel.width, depthwise.dilation.width) > kMostPaddedColumns ||
      Overlap(context.program, steps.input, steps.output) ||
      (steps.add != nullptr && Overlap(context.program, steps.residual, steps.output))) {
    return nullptr;
  }
  return std::make_unique<BlockStep>(context, steps);
}

}  // namespace mobilenet

#include "metal/map_labeller.h"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "core/logit_taps.h"
#include "core/segmentation.h"
#include "metal/kernel_call.h"
#include "metal/kernels/parameters.h"
#include "metal/shared_buffer.h"

namespace mobilenet::metal {
namespace {

using mobilenet_kernels::LabelBand;
using mobilenet_kernels::LabelParameters;

// A map of more than this is not kept for the next picture: 32 megapixels.
constexpr size_t kMostKept = size_t{1} << 25;

size_t PixelsOf(const Rectangle& rectangle) {
  return static_cast<size_t>(rectangle.width) * static_cast<size_t>(rectangle.height);
}

// Makes the buffer large enough.
void Reserve(id<MTLDevice> device, id<MTLBuffer> __strong& buffer, size_t bytes) {
  if (buffer == nil || buffer.length < bytes) {
    buffer = nil;  // the old one goes first
    buffer = MakeSharedBuffer(device, bytes);
  }
}

// Rows between the same two rows of logits, a few at a time.
std::vector<LabelBand> BandsOf(std::span<const BilinearTap> rows) {
  std::vector<LabelBand> bands;
  for (const TapRun& run : RunsOf(rows, false)) {
    for (size_t first = run.begin; first < run.end; first += MOBILENET_BAND_ROWS) {
      const size_t count = std::min<size_t>(run.end - first, MOBILENET_BAND_ROWS);
      bands.push_back({static_cast<uint32_t>(first), static_cast<uint32_t>(count)});
    }
  }
  return bands;
}

// The seen part's bytes, row after row, into their places in a map.
void CopySeen(std::span<const uint8_t> from, const LabelPlan& plan, std::span<uint8_t> map) {
  const auto width = static_cast<size_t>(plan.seen.width);
  const auto stride = static_cast<size_t>(plan.map.width);
  for (int32_t y = 0; y < plan.seen.height; ++y) {
    const auto row = from.subspan(static_cast<size_t>(y) * width, width);
    const size_t to =
        static_cast<size_t>(plan.seen.y + y) * stride + static_cast<size_t>(plan.seen.x);
    std::copy(row.begin(), row.end(), map.subspan(to, width).begin());
  }
}

}  // namespace

bool MapLabeller::Fit(id<MTLDevice> device, const LabelPlan& plan) {
  const size_t pixels = PixelsOf(plan.seen);
  return pixels <= std::numeric_limits<uint32_t>::max() && pixels <= device.maxBufferLength;
}

void MapLabeller::Encode(id<MTLCommandBuffer> commands, KernelLibrary& kernels,
                         id<MTLBuffer> logits, const Shape& shape, LabelPlan plan,
                         bool confidence) {
  id<MTLDevice> device = commands.device;
  const size_t pixels = PixelsOf(plan.seen);
  Reserve(device, class_map_, pixels);
  if (confidence) {
    Reserve(device, confidence_, pixels);
  }
  // A class of a map is less than kVoidClass.
  Reserve(device, counts_, kVoidClass * sizeof(uint32_t));
  std::ranges::fill(ContentsOf<uint32_t>(counts_), 0u);

  const std::vector<LabelBand> bands = BandsOf(plan.rows);
  int32_t row_stride = shape.width * shape.channels;
  int32_t column_stride = shape.channels;
  if (plan.transposed) {
    std::swap(row_stride, column_stride);
  }
  const LabelParameters parameters{static_cast<uint32_t>(plan.seen.width),
                                   static_cast<uint32_t>(bands.size()),
                                   static_cast<uint32_t>(shape.channels),
                                   static_cast<uint32_t>(plan.counted.width),
                                   static_cast<uint32_t>(plan.counted.height),
                                   row_stride,
                                   column_stride,
                                   confidence ? 1u : 0u};
  KernelCall(commands, kernels.Pipeline(Kernel::kLabelPixels))
      .Buffer(logits)
      .Buffer(MakeTapBuffer(device, plan.rows))
      .Buffer(MakeTapBuffer(device, plan.columns))
      .Buffer(MakeSharedBuffer(device, std::as_bytes(std::span(bands))))
      .Buffer(class_map_)
      .Buffer(confidence ? confidence_ : class_map_)  // something must be bound
      .Buffer(counts_)
      .Parameters(parameters)
      .Run(parameters.columns, parameters.bands);
  classes_ = static_cast<size_t>(shape.channels);
  plan_ = std::move(plan);
}

Segmentation MapLabeller::Finish(const SegmentationMaps& maps) {
  const LabelPlan& plan = *plan_;
  FillUnseen(maps, plan);
  CopySeen(ContentsOf<const uint8_t>(class_map_), plan, maps.class_map);
  if (!maps.confidence.empty()) {
    CopySeen(ContentsOf<const uint8_t>(confidence_), plan, maps.confidence);
  }
  const auto counts = ContentsOf<const uint32_t>(counts_).first(classes_);
  Segmentation segmentation{{counts.begin(), counts.end()}, plan.content};
  Forget();
  return segmentation;
}

void MapLabeller::Forget() {
  plan_.reset();
  const auto shrink = [](id<MTLBuffer> __strong& buffer) {
    if (buffer.length > kMostKept) {
      buffer = nil;
    }
  };
  shrink(class_map_);
  shrink(confidence_);
}

}  // namespace mobilenet::metal

#include "core/segmentation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/error.h"
#include "core/logit_cell.h"
#include "core/logit_taps.h"

namespace mobilenet {
namespace {

constexpr int32_t kMostClasses = kVoidClass;

// Threads share bands of rows: of at least this many pixels, which take some tens of microseconds,
// and this many bands of a large picture, which no thread finishes long after the others.
constexpr size_t kBandPixels = 65536;
constexpr size_t kBands = 64;

// Logits as the picture lies over them: transposed where it is turned by 90 or 270 degrees.
struct LogitGrid {
  const float* data = nullptr;
  ptrdiff_t row_stride = 0;
  ptrdiff_t column_stride = 0;
  size_t classes = 0;
  float magnitude = 0;  // as CellLabeller has it

  const float* At(int32_t row, int32_t column) const {
    return data + row * row_stride + column * column_stride;
  }
};

Extent Area(const Shape& shape) { return {shape.height, shape.width}; }

std::string ToText(Extent size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

LogitGrid CheckLogits(std::span<const float> logits, const Shape& shape) {
  const size_t elements = ElementCount(shape);
  if (shape.channels > kMostClasses) {
    throw Error(ErrorCode::kInvalidOption, "a map has room for " + std::to_string(kMostClasses) +
                                               " classes, the network has " +
                                               std::to_string(shape.channels));
  }
  if (logits.size() != elements) {
    throw Error(ErrorCode::kInternal, "logits of " + ToString(shape) + " are " +
                                          std::to_string(elements) + " numbers, got " +
                                          std::to_string(logits.size()));
  }
  float magnitude = 0;
  for (const float logit : logits) {
    // Written so that NaN counts.
    if (!(std::abs(logit) <= magnitude)) {
      magnitude = std::isnan(logit) ? std::numeric_limits<float>::infinity() : std::abs(logit);
    }
  }
  return {logits.data(), ptrdiff_t{shape.width} * shape.channels, shape.channels,
          static_cast<size_t>(shape.channels), magnitude};
}

// Pixels one below another in both maps.
CellMaps MapsAt(const SegmentationMaps& maps, ptrdiff_t width, ptrdiff_t row, ptrdiff_t column) {
  const ptrdiff_t offset = row * width + column;
  return {maps.class_map.data() + offset,
          maps.confidence.empty() ? nullptr : maps.confidence.data() + offset, width};
}

CellMaps Advance(const CellMaps& maps, size_t row, size_t column) {
  const ptrdiff_t offset =
      static_cast<ptrdiff_t>(row) * maps.row_stride + static_cast<ptrdiff_t>(column);
  return {maps.class_map + offset, maps.confidence != nullptr ? maps.confidence + offset : nullptr,
          maps.row_stride};
}

// Writes a rectangle of pixels, one per row tap and column tap, and returns how many each class
// has.
std::vector<uint64_t> LabelPixels(const LogitGrid& grid, std::span<const BilinearTap> rows,
                                  std::span<const BilinearTap> columns, const CellMaps& maps,
                                  NetworkOutputs& outputs) {
  std::vector<uint64_t> counts(grid.classes);
  if (rows.empty() || columns.empty()) {
    return counts;
  }
  const size_t band_rows = std::max((kBandPixels + columns.size() - 1) / columns.size(),
                                    (rows.size() + kBands - 1) / kBands);
  const size_t bands = (rows.size() + band_rows - 1) / band_rows;
  // An infinite neighbour counts even when its weight is 0, so nothing is merged with it.
  const bool merge_exact = std::isfinite(grid.magnitude);
  const std::vector<TapRun> row_runs = RunsOf(rows, merge_exact);
  const std::vector<TapRun> column_runs = RunsOf(columns, merge_exact);
  std::vector<uint64_t> band_counts(bands * grid.classes);
  outputs.ParallelFor(bands, [&](size_t band) {
    const size_t begin = band * band_rows;
    const size_t end = std::min(begin + band_rows, rows.size());
    CellLabeller labeller(grid.classes, grid.magnitude);
    auto row = std::upper_bound(row_runs.begin(), row_runs.end(), begin,
                                [](size_t first, const TapRun& run) { return first < run.end; });
    for (; row != row_runs.end() && row->begin < end; ++row) {
      const size_t first = std::max(row->begin, begin);
      const auto cell_rows = rows.subspan(first, std::min(row->end, end) - first);
      for (const TapRun& column : column_runs) {
        labeller.Label({grid.At(row->lower, column.lower), grid.At(row->lower, column.upper),
                        grid.At(row->upper, column.lower), grid.At(row->upper, column.upper),
                        cell_rows, columns.subspan(column.begin, column.end - column.begin)},
                       Advance(maps, first, column.begin));
      }
    }
    std::copy(labeller.counts().begin(), labeller.counts().end(),
              band_counts.begin() + static_cast<ptrdiff_t>(band * grid.classes));
  });
  for (size_t i = 0; i < band_counts.size(); ++i) {
    counts[i % grid.classes] += band_counts[i];
  }
  return counts;
}

// Marks what lies around a rectangle of the map.
void FillAround(std::span<uint8_t> map, Extent size, const Rectangle& inside, uint8_t value) {
  const auto width = static_cast<size_t>(size.width);
  const auto left = static_cast<size_t>(inside.x);
  const size_t right = left + static_cast<size_t>(inside.width);
  for (int32_t y = 0; y < size.height; ++y) {
    const auto row = map.subspan(static_cast<size_t>(y) * width, width);
    if (y < inside.y || y >= inside.y + inside.height) {
      std::fill(row.begin(), row.end(), value);
    } else {
      std::fill_n(row.begin(), left, value);
      std::fill(row.begin() + static_cast<ptrdiff_t>(right), row.end(), value);
    }
  }
}

}  // namespace

void CheckMaps(const SegmentationMaps& maps, Extent size) {
  // Below 2^62: both sides are below 2^31.
  const uint64_t pixels = static_cast<uint64_t>(size.width) * static_cast<uint64_t>(size.height);
  const auto check = [&](const char* name, size_t bytes) {
    if (bytes != pixels) {
      throw Error(ErrorCode::kInvalidOption, std::string(name) + " of " + ToText(size) +
                                                 " pixels needs " + std::to_string(pixels) +
                                                 " bytes, got " + std::to_string(bytes));
    }
  };
  check("a class map", maps.class_map.size());
  if (!maps.confidence.empty()) {
    check("a confidence map", maps.confidence.size());
  }
}

void FillUnseen(const SegmentationMaps& maps, const LabelPlan& plan) {
  FillAround(maps.class_map, plan.map, plan.seen, kVoidClass);
  if (!maps.confidence.empty()) {
    FillAround(maps.confidence, plan.map, plan.seen, 0);
  }
}

std::vector<uint64_t> LabelMaps(std::span<const float> logits, const Shape& shape,
                                const LabelPlan& plan, const SegmentationMaps& maps,
                                NetworkOutputs& outputs) {
  LogitGrid grid = CheckLogits(logits, shape);
  CheckMaps(maps, plan.map);
  if (plan.transposed) {
    std::swap(grid.row_stride, grid.column_stride);
  }
  FillUnseen(maps, plan);
  const std::span rows(plan.rows);
  const std::span columns(plan.columns);
  const auto height = static_cast<size_t>(plan.counted.height);
  const auto width = static_cast<size_t>(plan.counted.width);
  const auto label = [&](std::span<const BilinearTap> part_rows,
                         std::span<const BilinearTap> part_columns, size_t row, size_t column) {
    return LabelPixels(grid, part_rows, part_columns,
                       MapsAt(maps, plan.map.width, plan.seen.y + static_cast<ptrdiff_t>(row),
                              plan.seen.x + static_cast<ptrdiff_t>(column)),
                       outputs);
  };
  std::vector<uint64_t> counts = label(rows.first(height), columns.first(width), 0, 0);
  label(rows.first(height), columns.subspan(width), 0, width);
  label(rows.subspan(height), columns, height, 0);
  return counts;
}

std::vector<uint64_t> SegmentPicture(std::span<const float> logits,
                                     const SegmentationOptions& options, const Placement& placement,
                                     const Preprocessing& preprocessing,
                                     const SegmentationMaps& maps, NetworkOutputs& outputs) {
  return LabelMaps(
      logits, options.shape,
      PlanPictureLabels(placement, preprocessing, Area(options.shape), options.align_corners), maps,
      outputs);
}

std::vector<uint64_t> SegmentInput(std::span<const float> logits,
                                   const SegmentationOptions& options, const Placement& placement,
                                   const Preprocessing& preprocessing, const SegmentationMaps& maps,
                                   NetworkOutputs& outputs) {
  return LabelMaps(
      logits, options.shape,
      PlanInputLabels(placement, preprocessing, Area(options.shape), options.align_corners), maps,
      outputs);
}

}  // namespace mobilenet

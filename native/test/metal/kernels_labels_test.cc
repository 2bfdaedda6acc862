// label_pixels against core/segmentation, which test/segmentation_test.cc judges.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "core/bilinear.h"
#include "core/logit_taps.h"
#include "core/segmentation.h"
#include "kernels_tester.h"
#include "plain_segmentation.h"
#include "segmentation_tester.h"

namespace mobilenet::test {
namespace {

using mobilenet_kernels::LabelBand;
using mobilenet_kernels::LabelParameters;

constexpr uint8_t kUntouched = 0xAB;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// A rectangle of pixels over logits.
struct LabelJob {
  std::vector<float> logits;
  int32_t classes = 1;
  int32_t row_stride = 0;
  int32_t column_stride = 0;
  std::vector<BilinearTap> rows;
  std::vector<BilinearTap> columns;
  Extent counted;
};

std::vector<LabelBand> BandsOf(std::span<const BilinearTap> rows) {
  std::vector<LabelBand> bands;
  for (const TapRun& run : RunsOf(rows, false)) {
    for (size_t begin = run.begin; begin < run.end; begin += MOBILENET_BAND_ROWS) {
      const size_t count = std::min<size_t>(run.end - begin, MOBILENET_BAND_ROWS);
      bands.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(count)});
    }
  }
  return bands;
}

Result LabelByKernel(LabelJob job, bool confidence = true) {
  std::vector<LabelBand> bands = BandsOf(job.rows);
  std::vector<mobilenet_kernels::Tap> rows = KernelTaps(job.rows);
  std::vector<mobilenet_kernels::Tap> columns = KernelTaps(job.columns);
  const LabelParameters parameters{Unsigned(static_cast<int32_t>(columns.size())),
                                   Unsigned(static_cast<int32_t>(bands.size())),
                                   Unsigned(job.classes),
                                   Unsigned(job.counted.width),
                                   Unsigned(job.counted.height),
                                   job.row_stride,
                                   job.column_stride,
                                   confidence ? 1U : 0U};
  Result result;
  result.class_map.assign(rows.size() * columns.size(), kUntouched);
  // Something has to be there for it even when it is not wanted.
  result.confidence.assign(confidence ? result.class_map.size() : 1, kUntouched);
  std::vector<uint32_t> counts(static_cast<size_t>(job.classes));
  KernelCall("label_pixels")
      .Buffer(job.logits)
      .Buffer(rows)
      .Buffer(columns)
      .Buffer(bands)
      .Buffer(result.class_map)
      .Buffer(result.confidence)
      .Buffer(counts)
      .Constant(parameters)
      .Run({parameters.columns, parameters.bands, 1}, {32, 2, 1});
  if (!confidence) {
    CHECK(result.confidence[0] == kUntouched);
    result.confidence.clear();
  }
  result.counts.assign(counts.begin(), counts.end());
  return result;
}

LabelJob JobOf(const Scene& scene, MapSize map_size) {
  const Shape& shape = scene.options.shape;
  LabelJob job;
  job.logits = scene.logits;
  job.classes = shape.channels;
  job.row_stride = shape.width * shape.channels;
  job.column_stride = shape.channels;
  if (map_size == MapSize::kPicture) {
    const PictureTaps taps =
        TapsOfPicture(scene.placement, scene.preprocessing, {shape.height, shape.width},
                      scene.options.align_corners);
    job.rows = taps.rows;
    job.columns = taps.columns;
    job.counted = {taps.seen.height, taps.seen.width};
    if (taps.transposed) {
      std::swap(job.row_stride, job.column_stride);
    }
  } else {
    const Extent size = scene.preprocessing.size;
    job.rows = BilinearTaps(shape.height, size.height, scene.options.align_corners, false);
    job.columns = BilinearTaps(shape.width, size.width, scene.options.align_corners, false);
    job.counted = scene.placement.content;
  }
  return job;
}

// The part of a picture's map that the network has seen.
std::vector<uint8_t> SeenPart(const std::vector<uint8_t>& map, const Scene& scene) {
  const Rectangle seen = TapsOfPicture(scene.placement, scene.preprocessing,
                                       {scene.options.shape.height, scene.options.shape.width},
                                       scene.options.align_corners)
                             .seen;
  std::vector<uint8_t> part;
  for (int32_t y = seen.y; y < seen.y + seen.height; ++y) {
    const auto row = map.begin() + ptrdiff_t{y} * scene.placement.picture.width + seen.x;
    part.insert(part.end(), row, row + seen.width);
  }
  return part;
}

int WorstDifference(const std::vector<uint8_t>& expected, const std::vector<uint8_t>& actual) {
  int worst = expected.size() == actual.size() ? 0 : 256;
  for (size_t i = 0; i < std::min(expected.size(), actual.size()); ++i) {
    worst = std::max(worst, std::abs(int{expected[i]} - int{actual[i]}));
  }
  return worst;
}

// How far confidences are from the softmax of each pixel's own logits, in units of the map.
double WorstConfidence(const Scene& scene, MapSize map_size, const std::vector<uint8_t>& class_map,
                       const Result& actual) {
  std::vector<double> exact(class_map.size(), -1);  // -1: not seen
  const bool picture = map_size == MapSize::kPicture;
  const int32_t width = picture ? scene.placement.picture.width : scene.preprocessing.size.width;
  const auto visit = [&](const PixelLogits& pixel) {
    const auto place = static_cast<size_t>(pixel.row * width + pixel.column);
    exact[place] = 255 * SoftmaxOf(pixel.rounded, class_map[place]);
  };
  if (picture) {
    VisitPicture(scene.logits, scene.options, scene.placement, scene.preprocessing, visit);
  } else {
    VisitInput(scene.logits, scene.options, scene.preprocessing.size, visit);
  }
  double worst = 0;
  size_t next = 0;
  for (const double softmax : exact) {
    if (softmax >= 0) {
      worst = std::max(worst, std::abs(softmax - actual.confidence.at(next++)));
    }
  }
  return worst;
}

void CheckLabels(const Scene& scene, MapSize map_size, Executor& executor) {
  const Result whole = Run(scene, map_size, executor);
  Result expected = whole;
  if (map_size == MapSize::kPicture) {
    expected.class_map = SeenPart(whole.class_map, scene);
    expected.confidence = SeenPart(whole.confidence, scene);
  }
  const LabelJob job = JobOf(scene, map_size);
  const Result actual = LabelByKernel(job);
  CHECK(actual.class_map == expected.class_map);
  CHECK(actual.counts == expected.counts);
  CHECK(WorstDifference(expected.confidence, actual.confidence) <= 1);
  CHECK(WorstConfidence(scene, map_size, whole.class_map, actual) < 0.501);
  const Result without = LabelByKernel(job, false);
  CHECK(without.class_map == actual.class_map);
  CHECK(without.counts == actual.counts);
}

TEST_CASE("label_pixels gives the maps of SegmentPicture and SegmentInput") {
  const auto executor = ThreadsOf(1);
  Random random(61);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    const Scene scene = RandomScene(random);
    CheckLabels(scene, MapSize::kPicture, *executor);
    CheckLabels(scene, MapSize::kInput, *executor);
  }
}

TEST_CASE("label_pixels where cells are higher than bands") {
  const auto executor = ThreadsOf(1);
  Random random(62);
  for (const int rotation : {0, 90, 180, 270}) {
    CAPTURE(rotation);
    Scene scene = WholePicture({3, 4, 21}, {131, 90}, rotation);
    scene.logits = SmoothLogits(random, scene.options.shape, 12);
    CHECK(BandsOf(JobOf(scene, MapSize::kPicture).rows).size() > 6);
    CheckLabels(scene, MapSize::kPicture, *executor);
  }
}

TEST_CASE("label_pixels of one class, and of as many as there may be") {
  const auto executor = ThreadsOf(1);
  Random random(63);
  for (const int32_t classes : {1, 2, 255}) {
    CAPTURE(classes);
    Scene scene = WholePicture({5, 3, classes}, {40, 33});
    for (const float height : {0.1f, 6.0f, 60.0f}) {
      scene.logits = SmoothLogits(random, scene.options.shape, height);
      CheckLabels(scene, MapSize::kPicture, *executor);
      CheckLabels(scene, MapSize::kInput, *executor);
    }
  }
}

// Two by two logits under `size` pixels.
LabelJob SmallJob(std::vector<float> logits, int32_t classes, Extent size) {
  LabelJob job;
  job.logits = std::move(logits);
  job.classes = classes;
  job.row_stride = 2 * classes;
  job.column_stride = classes;
  job.rows = BilinearTaps(2, size.height, true, false);
  job.columns = BilinearTaps(2, size.width, true, false);
  job.counted = size;
  return job;
}

TEST_CASE("label_pixels takes the first of equals") {
  const std::vector<float> logits{1, 3, 3, 2, 1, 3, 3, 2, 1, 3, 3, 2, 1, 3, 3, 2};
  const Result result = LabelByKernel(SmallJob(logits, 4, {7, 9}));
  CHECK(result.class_map == std::vector<uint8_t>(63, 1));
  CHECK(result.counts == std::vector<uint64_t>{0, 63, 0, 0});
  const Result zeros = LabelByKernel(SmallJob(std::vector<float>(16), 4, {7, 9}));
  CHECK(zeros.class_map == std::vector<uint8_t>(63, 0));
  CHECK(zeros.confidence == std::vector<uint8_t>(63, 64));
}

TEST_CASE("label_pixels counts the top left part only") {
  Random random(64);
  LabelJob job = SmallJob(SmoothLogits(random, {2, 2, 5}, 4), 5, {50, 37});
  const Result whole = LabelByKernel(job);
  for (const Extent counted : {Extent{50, 37}, Extent{49, 36}, Extent{17, 37}, Extent{16, 16},
                               Extent{1, 1}, Extent{50, 1}, Extent{0, 0}}) {
    CAPTURE(counted.height);
    CAPTURE(counted.width);
    job.counted = counted;
    const Result result = LabelByKernel(job);
    CHECK(result.class_map == whole.class_map);
    CHECK(result.confidence == whole.confidence);
    std::vector<uint64_t> counts(5);
    for (int32_t y = 0; y < counted.height; ++y) {
      for (int32_t x = 0; x < counted.width; ++x) {
        ++counts[whole.class_map[static_cast<size_t>(y * 37 + x)]];
      }
    }
    CHECK(result.counts == counts);
  }
}

TEST_CASE("label_pixels of what is not a number") {
  const auto executor = ThreadsOf(1);
  Random random(65);
  for (int round = 0; round < 50; ++round) {
    CAPTURE(round);
    Scene scene = RandomScene(random);
    const double share = random.Choice<double>({0.02, 0.3, 1});
    for (float& logit : scene.logits) {
      logit = random.Chance(share) ? kNan : logit;
    }
    const Result expected = Run(scene, MapSize::kInput, *executor);
    const Result actual = LabelByKernel(JobOf(scene, MapSize::kInput));
    CHECK(actual.class_map == expected.class_map);
    CHECK(actual.counts == expected.counts);
    // The only class wins for certain, for the CPU even where it is not a number.
    if (scene.options.shape.channels > 1) {
      CHECK(WorstDifference(expected.confidence, actual.confidence) <= 1);
    }
  }
  const Result none = LabelByKernel(SmallJob(std::vector<float>(12, kNan), 3, {2, 2}));
  CHECK(none.class_map == std::vector<uint8_t>{0, 0, 0, 0});
  CHECK(none.confidence == std::vector<uint8_t>{0, 0, 0, 0});
  CHECK(none.counts == std::vector<uint64_t>{4, 0, 0});
}

TEST_CASE("label_pixels of logits far apart") {
  const Result far = LabelByKernel(
      SmallJob({-1e38f, 1e38f, -1e38f, 1e38f, -1e38f, 1e38f, -1e38f, 1e38f}, 2, {20, 3}));
  CHECK(far.class_map == std::vector<uint8_t>(60, 1));
  CHECK(far.confidence == std::vector<uint8_t>(60, 255));
}

}  // namespace
}  // namespace mobilenet::test

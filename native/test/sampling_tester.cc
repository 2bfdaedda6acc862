#include "sampling_tester.h"

namespace mobilenet::test {

std::vector<uint8_t> RandomPixels(Random& random, Extent size) {
  std::vector<uint8_t> pixels;
  for (int32_t i = 0; i < size.height * size.width * 3; ++i) {
    pixels.push_back(static_cast<uint8_t>(random.Integer(0, 255)));
  }
  return pixels;
}

Rectangle RandomRegion(Random& random, Extent picture) {
  Rectangle region{random.Integer(0, picture.width - 1), random.Integer(0, picture.height - 1), 1,
                   1};
  region.width = random.Integer(1, picture.width - region.x);
  region.height = random.Integer(1, picture.height - region.y);
  return region;
}

Preprocessing RandomPreprocessing(Random& random, int32_t most_side) {
  Preprocessing preprocessing;
  preprocessing.size = {random.Integer(1, most_side), random.Integer(1, most_side)};
  preprocessing.resize =
      random.Choice<ResizeMode>({ResizeMode::kCentralCrop, ResizeMode::kStretch, ResizeMode::kPad});
  preprocessing.central_fraction = random.Choice<double>({0.875, 1, 0.5, 0.3});
  const int32_t flags = random.Integer(0, 2);
  preprocessing.align_corners = flags == 1;
  preprocessing.half_pixel_centers = flags == 2;
  preprocessing.pad_value = {127.5f, 3, 4};
  preprocessing.scale = {2 / 255.0f, 1 / 255.0f, 0.5f};
  preprocessing.offset = {-1, 0.25f, 3};
  return preprocessing;
}

}  // namespace mobilenet::test

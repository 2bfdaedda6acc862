#include "compute_elementwise.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "../metal/parallel.h"
#include "compute_vector_kernels.h"

namespace apple_double {

namespace {

constexpr size_t kPixelsAtATime = 64;

// Calls work(first, count) for all pixels, a few at a time.
template <typename Work>
void ForPixels(size_t pixels, Work work) {
  InParallel((pixels + kPixelsAtATime - 1) / kPixelsAtATime, [&](size_t begin, size_t end) {
    for (size_t first = begin * kPixelsAtATime; first < std::min(end * kPixelsAtATime, pixels);
         first += kPixelsAtATime) {
      work(first, std::min(kPixelsAtATime, pixels - first));
    }
  });
}

std::vector<float> Unpack(const ImageTexels& image, size_t first, size_t count) {
  std::vector<float> values(count * image.channels);
  Vectors().unpack(image, first, count, values.data(), image.channels);
  return values;
}

void Store(const ImageTexels& image, size_t first, size_t count, const std::vector<float>& values) {
  Vectors().store(image, first, count, 0, image.channels, values.data(), image.channels);
}

}  // namespace

void Add(const Sum& sum, const ImageTexels& primary, const ImageTexels& secondary,
         const ImageTexels& destination) {
  ForPixels(destination.Pixels(), [&](size_t first, size_t count) {
    std::vector<float> values = Unpack(primary, first, count);
    const std::vector<float> others = Unpack(secondary, first, count);
    for (size_t i = 0; i < values.size(); ++i) {
      const float value =
          sum.primary_scale * values[i] + sum.secondary_scale * others[i] + sum.bias;
      values[i] = std::min(std::max(value, sum.minimum), sum.maximum);
    }
    Store(destination, first, count, values);
  });
}

void ApplyNeuron(const NeuronFunction& neuron, const ImageTexels& source,
                 const ImageTexels& destination) {
  ForPixels(destination.Pixels(), [&](size_t first, size_t count) {
    std::vector<float> values = Unpack(source, first, count);
    Apply(neuron, values.data(), values.size());
    Store(destination, first, count, values);
  });
}

void Copy(const ImageTexels& source, const ImageTexels& destination) {
  ForPixels(destination.Pixels(), [&](size_t first, size_t count) {
    Store(destination, first, count, Unpack(source, first, count));
  });
}

void SoftMax(const ImageTexels& source, const ImageTexels& destination) {
  ForPixels(destination.Pixels(), [&](size_t first, size_t count) {
    std::vector<float> values = Unpack(source, first, count);
    for (size_t pixel = 0; pixel < count; ++pixel) {
      const auto begin = values.begin() + static_cast<long>(pixel * source.channels);
      const auto end = begin + static_cast<long>(source.channels);
      const float largest = *std::max_element(begin, end);
      float sum = 0;
      for (auto value = begin; value != end; ++value) {
        *value = std::exp(*value - largest);
        sum += *value;
      }
      for (auto value = begin; value != end; ++value) {
        *value /= sum;
      }
    }
    Store(destination, first, count, values);
  });
}

void SpatialMean(const ImageTexels& source, const ImageTexels& destination) {
  std::vector<float> sums(source.channels);
  for (size_t first = 0; first < source.Pixels(); first += kPixelsAtATime) {
    const size_t count = std::min(kPixelsAtATime, source.Pixels() - first);
    const std::vector<float> values = Unpack(source, first, count);
    for (size_t i = 0; i < values.size(); ++i) {
      sums[i % source.channels] += values[i];
    }
  }
  for (float& sum : sums) {
    sum /= static_cast<float>(source.Pixels());
  }
  Store(destination, 0, 1, sums);
}

// MPSCNNPooling.h, "Pooling window notes": the window's left edge is at
// offset.x - floor(kernelWidth / 2).
void PoolAverage(const Pooling& pooling, const ImageTexels& source,
                 const ImageTexels& destination) {
  const std::vector<float> values = Unpack(source, 0, source.Pixels());
  const long width = static_cast<long>(source.width);
  const long height = static_cast<long>(source.height);
  const long left_of_first = pooling.offset_x - static_cast<long>(pooling.kernel_width / 2);
  const long top_of_first = pooling.offset_y - static_cast<long>(pooling.kernel_height / 2);
  InParallel(destination.height, [&](size_t begin, size_t end) {
    std::vector<float> row(destination.width * source.channels);
    for (size_t y = begin; y < end; ++y) {
      std::fill(row.begin(), row.end(), 0.0F);
      for (size_t x = 0; x < destination.width; ++x) {
        long left = left_of_first + static_cast<long>(x * pooling.stride_x);
        long top = top_of_first + static_cast<long>(y * pooling.stride_y);
        long right = left + static_cast<long>(pooling.kernel_width);
        long bottom = top + static_cast<long>(pooling.kernel_height);
        if (pooling.clamp) {
          left = std::max(left, -pooling.zero_pad_x);
          top = std::max(top, -pooling.zero_pad_y);
          right = std::min(right, width + pooling.zero_pad_x);
          bottom = std::min(bottom, height + pooling.zero_pad_y);
        }
        // A window that lies outside altogether gives 0.
        const long area = std::max(right - left, 0L) * std::max(bottom - top, 0L);
        float* sums = row.data() + x * source.channels;
        for (long i = std::max(top, 0L); i < std::min(bottom, height); ++i) {
          for (long j = std::max(left, 0L); j < std::min(right, width); ++j) {
            const float* pixel =
                values.data() + static_cast<size_t>(i * width + j) * source.channels;
            for (size_t channel = 0; channel < source.channels; ++channel) {
              sums[channel] += pixel[channel];
            }
          }
        }
        for (size_t channel = 0; area > 0 && channel < source.channels; ++channel) {
          sums[channel] /= static_cast<float>(area);
        }
      }
      Store(destination, y * destination.width, destination.width, row);
    }
  });
}

void UpsampleNearest(const Upsampling& upsampling, const ImageTexels& source,
                     const ImageTexels& destination) {
  const std::vector<float> values = Unpack(source, 0, source.Pixels());
  InParallel(destination.height, [&](size_t begin, size_t end) {
    std::vector<float> row(destination.width * source.channels);
    for (size_t y = begin; y < end; ++y) {
      for (size_t x = 0; x < destination.width; ++x) {
        const size_t from = std::min(y / upsampling.factor_y, source.height - 1) * source.width +
                            std::min(x / upsampling.factor_x, source.width - 1);
        std::copy_n(values.data() + from * source.channels, source.channels,
                    row.data() + x * source.channels);
      }
      Store(destination, y * destination.width, destination.width, row);
    }
  });
}

namespace {

struct Position {
  size_t lower;
  size_t upper;
  float fraction;
};

// Where an output lies between two inputs. With aligned corners the centres of the outermost pixels
// fall together; without, the edges of the images do.
Position Locate(size_t output, size_t factor, size_t inputs, size_t outputs, bool align_corners) {
  float position = 0;
  if (align_corners) {
    position = outputs > 1 ? static_cast<float>(output) * static_cast<float>(inputs - 1) /
                                 static_cast<float>(outputs - 1)
                           : 0;
  } else {
    position = (static_cast<float>(output) + 0.5F) / static_cast<float>(factor) - 0.5F;
  }
  position = std::clamp(position, 0.0F, static_cast<float>(inputs - 1));
  const auto lower = static_cast<size_t>(position);
  return {lower, std::min(lower + 1, inputs - 1), position - static_cast<float>(lower)};
}

}  // namespace

void UpsampleBilinear(const Upsampling& upsampling, const ImageTexels& source,
                      const ImageTexels& destination) {
  const std::vector<float> values = Unpack(source, 0, source.Pixels());
  const auto at = [&](size_t y, size_t x, size_t channel) {
    return values[(y * source.width + x) * source.channels + channel];
  };
  InParallel(destination.height, [&](size_t begin, size_t end) {
    std::vector<float> row(destination.width * source.channels);
    for (size_t y = begin; y < end; ++y) {
      const Position vertical = Locate(y, upsampling.factor_y, source.height, destination.height,
                                       upsampling.align_corners);
      for (size_t x = 0; x < destination.width; ++x) {
        const Position horizontal = Locate(x, upsampling.factor_x, source.width, destination.width,
                                           upsampling.align_corners);
        for (size_t channel = 0; channel < source.channels; ++channel) {
          const auto across = [&](size_t line) {
            const float left = at(line, horizontal.lower, channel);
            const float right = at(line, horizontal.upper, channel);
            return left + (right - left) * horizontal.fraction;
          };
          const float above = across(vertical.lower);
          const float below = across(vertical.upper);
          row[x * source.channels + channel] = above + (below - above) * vertical.fraction;
        }
      }
      Store(destination, y * destination.width, destination.width, row);
    }
  });
}

}  // namespace apple_double

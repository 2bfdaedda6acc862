#include "cpu/weight_store.h"

#include <map>
#include <mutex>
#include <tuple>

#include "core/fingerprint.h"

namespace mobilenet {
namespace {

enum class Packing { kConvolution, kDepthwise, kDense };

// What packed weights are made of. The kernels stand for the layout they ask for.
using Key = std::tuple<Fingerprint, Packing, size_t, size_t, const KernelTable*>;

Fingerprint FingerprintOf(const Step& step) {
  const Tensor& weights = step.weights;
  const auto type = static_cast<uint64_t>(weights.type);
  Fingerprinter fingerprinter;
  fingerprinter.Add(std::as_bytes(std::span(&type, 1)));
  fingerprinter.Add(weights.data);
  fingerprinter.Add(weights.scale);
  fingerprinter.Add(weights.zero_point);
  fingerprinter.Add(std::as_bytes(std::span(step.bias)));
  return fingerprinter.Result();
}

// All packed weights of the process, for as long as somebody holds them.
class Shelf {
 public:
  std::shared_ptr<const void> Find(const Key& key) {
    const std::lock_guard lock(mutex_);
    const auto found = packed_.find(key);
    return found == packed_.end() ? nullptr : found->second.lock();
  }

  // Returns what is to be used: `packed`, unless somebody was faster.
  std::shared_ptr<const void> Put(const Key& key, std::shared_ptr<const void> packed) {
    const std::lock_guard lock(mutex_);
    std::erase_if(packed_, [](const auto& entry) { return entry.second.expired(); });
    std::weak_ptr<const void>& place = packed_[key];
    if (std::shared_ptr<const void> other = place.lock()) {
      return other;
    }
    place = packed;
    return packed;
  }

 private:
  std::mutex mutex_;
  std::map<Key, std::weak_ptr<const void>> packed_;
};

Shelf& TheShelf() {
  static Shelf shelf;
  return shelf;
}

template <typename Packed, typename Pack>
std::shared_ptr<const Packed> Share(std::shared_ptr<const void>& own, const Step& step,
                                    Packing packing, size_t rows, size_t channels,
                                    const KernelTable& kernels, const Pack& pack) {
  if (own == nullptr) {
    const Key key = {FingerprintOf(step), packing, rows, channels, &kernels};
    own = TheShelf().Find(key);
    if (own == nullptr) {
      own =
          TheShelf().Put(key, std::make_shared<const Packed>(pack(step, rows, channels, kernels)));
    }
  }
  return std::static_pointer_cast<const Packed>(own);
}

}  // namespace

std::shared_ptr<const AlignedBuffer<float>> WeightStore::Convolution(size_t index, const Step& step,
                                                                     size_t inputs,
                                                                     size_t output_channels) {
  return Share<AlignedBuffer<float>>(packed_.at(index), step, Packing::kConvolution, inputs,
                                     output_channels, kernels_, PackConvolution);
}

std::shared_ptr<const AlignedBuffer<float>> WeightStore::Depthwise(size_t index, const Step& step,
                                                                   size_t taps, size_t channels) {
  return Share<AlignedBuffer<float>>(packed_.at(index), step, Packing::kDepthwise, taps, channels,
                                     kernels_, PackDepthwise);
}

std::shared_ptr<const DenseWeights> WeightStore::Dense(size_t index, const Step& step,
                                                       size_t inputs, size_t output_channels) {
  return Share<DenseWeights>(packed_.at(index), step, Packing::kDense, inputs, output_channels,
                             kernels_, PackDense);
}

}  // namespace mobilenet

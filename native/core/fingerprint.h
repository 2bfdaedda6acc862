#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace mobilenet {

// 128 bits that tell contents apart, within this process alone: random numbers are mixed in, so
// that nobody can prepare two contents with the same.
using Fingerprint = std::array<uint64_t, 2>;

class Fingerprinter {
 public:
  Fingerprinter();
  // The length counts too: {1, 2}, {3} is not {1}, {2, 3}.
  void Add(std::span<const std::byte> bytes);
  Fingerprint Result() const { return state_; }

 private:
  Fingerprint state_;
};

}  // namespace mobilenet

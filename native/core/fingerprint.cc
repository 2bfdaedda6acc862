#include "core/fingerprint.h"

#include <cstring>
#include <random>

namespace mobilenet {
namespace {

// What the state starts from, and what inputs are mixed with.
struct Secrets {
  Fingerprint start;
  Fingerprint keys;
};

const Secrets& SecretsOfProcess() {
  static const Secrets secrets = [] {
    std::random_device device;
    const auto word = [&] { return uint64_t{device()} << 32 | device(); };
    return Secrets{{word(), word()}, {word(), word()}};
  }();
  return secrets;
}

// Both halves of the product, as wyhash and its relatives mix them.
uint64_t Mix(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t WordAt(std::span<const std::byte> bytes, size_t offset) {
  uint64_t word = 0;
  std::memcpy(&word, bytes.data() + offset, sizeof(word));
  return word;
}

}  // namespace

Fingerprinter::Fingerprinter() : state_(SecretsOfProcess().start) {}

void Fingerprinter::Add(std::span<const std::byte> bytes) {
  const Fingerprint& keys = SecretsOfProcess().keys;
  const auto add = [&](uint64_t a, uint64_t b) {
    // Two chains that do not wait for each other.
    state_[0] = Mix(state_[0] ^ a, keys[0] ^ b) + b;
    state_[1] = Mix(state_[1] ^ b, keys[1] ^ a) + a;
  };
  add(bytes.size(), 0);
  size_t offset = 0;
  for (; offset + 16 <= bytes.size(); offset += 16) {
    add(WordAt(bytes, offset), WordAt(bytes, offset + 8));
  }
  if (offset < bytes.size()) {
    std::array<std::byte, 16> rest{};
    std::memcpy(rest.data(), bytes.data() + offset, bytes.size() - offset);
    add(WordAt(rest, 0), WordAt(rest, 8));
  }
}

}  // namespace mobilenet

#include "core/fingerprint.h"

#include <doctest/doctest.h>

#include <set>
#include <vector>

namespace mobilenet::test {
namespace {

using Bytes = std::vector<std::byte>;

Fingerprint Of(const std::vector<Bytes>& parts) {
  Fingerprinter fingerprinter;
  for (const Bytes& part : parts) {
    fingerprinter.Add(part);
  }
  return fingerprinter.Result();
}

TEST_CASE("the same contents have the same fingerprint, and every bit of them counts") {
  std::set<Fingerprint> seen;
  size_t contents = 0;
  for (const size_t size : std::vector<size_t>{0, 1, 8, 15, 16, 17, 32, 100}) {
    Bytes bytes(size);
    CHECK(Of({bytes}) == Of({bytes}));
    seen.insert(Of({bytes}));
    contents++;
    for (size_t bit = 0; bit < size * 8; bit++) {
      bytes[bit / 8] ^= std::byte{1} << (bit % 8);
      seen.insert(Of({bytes}));
      contents++;
      bytes[bit / 8] ^= std::byte{1} << (bit % 8);
    }
  }
  CHECK(seen.size() == contents);
}

TEST_CASE("where one part ends and the next begins counts") {
  const std::byte a{1};
  CHECK(Of({{a, a}, {a}}) != Of({{a}, {a, a}}));
  CHECK(Of({{a, a, a}}) != Of({{a, a}, {a}}));
  CHECK(Of({{}, {a}}) != Of({{a}, {}}));
}

}  // namespace
}  // namespace mobilenet::test

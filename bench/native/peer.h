// The child's side of the benchmark in C++; ../lib/serve-peer.mjs says what passes between it and
// the parent.
#pragma once

#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

/// Numbers that do not depend on the order of an output's elements, as ../lib/fingerprint.mjs
/// computes them.
struct Fingerprint {
  size_t count;
  double mean;
  double rms;
  double max;
};

Fingerprint fingerprint(std::span<const float> values);

/// One library with one network.
struct Peer {
  /// Name and version.
  std::string library;
  std::vector<Fingerprint> fingerprints;
  /// What is timed.
  std::function<void()> run;
};

/// Makes the peer and answers until the parent is gone. Exceptions are told to the parent.
/// @returns the program's exit code
int serve(const std::function<Peer()>& create);

}  // namespace bench

// What the processor could do at best: as many multiplications and additions as a network has, in
// registers alone, nothing read and nothing written. `fma MACS THREADS`; it is compiled once per
// instruction set, with VECTOR_BYTES as wide as its registers.
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "peer.h"

namespace bench {
namespace {

using Vector [[gnu::vector_size(VECTOR_BYTES)]] = float;

constexpr size_t kLanes = VECTOR_BYTES / sizeof(float);

/// Enough sums to keep two units busy for a latency of four or five cycles, few enough for the
/// registers.
constexpr size_t kSums = 12;

/// Keeps the compiler from seeing through a value.
inline void hide(Vector& value) { asm volatile("" : "+" VECTOR_CONSTRAINT(value)); }

/// Adds up `rounds` products in each lane of each sum.
void multiply_and_add(int64_t rounds) {
  std::array<Vector, kSums> sums{};
  Vector factor = Vector{} + 0.999999F;
  Vector term = Vector{} + 1e-7F;
  hide(factor);
  hide(term);
  // Sums that look equal would be computed once.
  for (Vector& sum : sums) {
    hide(sum);
  }
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 32
    for (Vector& sum : sums) {
      sum = sum * factor + term;
    }
  }
  for (Vector& sum : sums) {
    hide(sum);
  }
}

/// Threads that do their shares at once and wait for the last. Between turns of the benchmark they
/// sleep.
class Team {
 public:
  Team(int64_t rounds, int threads) : rounds_(rounds / threads) {
    for (int helper = 1; helper < threads; ++helper) {
      helpers_.emplace_back([this] { help(); });
    }
  }
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  ~Team() {
    ended_ = true;
    wake();
    for (std::thread& helper : helpers_) {
      helper.join();
    }
  }

  void run() {
    busy_ = helpers_.size();
    wake();
    multiply_and_add(rounds_);
    while (busy_ > 0) {
    }
  }

 private:
  static constexpr int kSpins = 100'000;

  void wake() {
    turn_.fetch_add(1);
    turn_.notify_all();
  }

  void help() {
    for (uint32_t seen = 0;; ++seen) {
      for (int spin = 0; spin < kSpins && turn_ == seen; ++spin) {
      }
      turn_.wait(seen);
      if (ended_) {
        return;
      }
      multiply_and_add(rounds_);
      --busy_;
    }
  }

  int64_t rounds_;
  std::atomic<uint32_t> turn_ = 0;
  std::atomic<size_t> busy_ = 0;
  std::atomic<bool> ended_ = false;
  std::vector<std::thread> helpers_;
};

Peer create(const std::vector<std::string>& arguments) {
  const int64_t macs = std::stoll(arguments.at(0));
  const auto rounds = static_cast<int64_t>(macs / (kSums * kLanes));
  const auto team = std::make_shared<Team>(rounds, std::stoi(arguments.at(1)));
  team->run();
  return {"FMA in registers, " VECTOR_NAME, {}, [team] { team->run(); }};
}

}  // namespace
}  // namespace bench

int main(int count, char** arguments) {
  return bench::serve([&] { return bench::create({arguments + 1, arguments + count}); });
}

#include "peer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <iostream>
#include <limits>
#include <memory>
#include <sstream>

namespace bench {
namespace {

constexpr int kAnswers = 3;

double milliseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(now).count();
}

/// Text between quotation marks; what JSON does not take in them is left out.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char character : text) {
    if (character != '"' && character != '\\' && character >= ' ') {
      result += character;
    }
  }
  return result + "\"";
}

std::string describe(const Peer& peer) {
  std::ostringstream text;
  text.precision(12);
  text << "{\"library\":" << quoted(peer.library) << ",\"fingerprints\":[";
  const char* separator = "";
  for (const auto& [count, mean, rms, max] : peer.fingerprints) {
    text << separator << "{\"count\":" << count << ",\"mean\":" << mean << ",\"rms\":" << rms
         << ",\"max\":" << max << "}";
    separator = ",";
  }
  text << "]}";
  return text.str();
}

std::string time_calls(const std::function<void()>& run, int runs) {
  std::ostringstream text;
  text.precision(9);
  text << "{\"calls\":[";
  for (int index = 0; index < runs; ++index) {
    const double started = milliseconds();
    run();
    text << (index == 0 ? "" : ",") << milliseconds() - started;
  }
  text << "]}";
  return text.str();
}

}  // namespace

Fingerprint fingerprint(std::span<const float> values) {
  double sum = 0;
  double squares = 0;
  double max = -std::numeric_limits<double>::infinity();
  for (const double value : values) {
    sum += value;
    squares += value * value;
    max = std::max(max, value);
  }
  const auto count = static_cast<double>(values.size());
  return {values.size(), sum / count, std::sqrt(squares / count), max};
}

int serve(const std::function<Peer()>& create) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(fdopen(kAnswers, "w"), &fclose);
  if (!pipe) {
    std::cerr << "it is started by the benchmark, which reads from a pipe of number 3\n";
    return 2;
  }
  const auto answer = [&pipe](const std::string& line) {
    std::fprintf(pipe.get(), "%s\n", line.c_str());
    std::fflush(pipe.get());
  };
  try {
    const Peer peer = create();
    answer(describe(peer));
    std::string command;
    int runs = 0;
    while (std::cin >> command >> runs) {
      answer(time_calls(peer.run, runs));
    }
    return 0;
  } catch (const std::exception& error) {
    answer("{\"error\":" + quoted(error.what()) + "}");
    return 1;
  }
}

}  // namespace bench

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include "cpu/thread_pool.h"

namespace mobilenet::test {
namespace {

// How often each item was done, in one loop.
std::vector<int> CountCalls(ThreadPool& pool, size_t items) {
  std::vector<std::atomic<int>> counts(items);
  pool.ParallelFor(items, [&](size_t item, int thread) {
    if (thread >= 0 && thread < pool.threads()) {
      counts[item].fetch_add(1);
    }
  });
  return {counts.begin(), counts.end()};
}

// Ends only when all threads of the pool are inside a loop at once; returns how many came.
int MeetInside(ThreadPool& pool) {
  std::atomic<int> arrived{0};
  pool.ParallelFor(static_cast<size_t>(pool.threads()), [&](size_t, int) {
    arrived++;
    while (arrived < pool.threads()) {
      std::this_thread::yield();
    }
  });
  return arrived;
}

TEST_CASE("every item is done once, whatever the number of threads") {
  for (const int threads : {1, 2, 3, 5, 16}) {
    ThreadPool pool(threads);
    CHECK(pool.threads() == threads);
    for (const size_t items : std::vector<size_t>{0, 1, 2, 3, 4, 7, 64, 1000}) {
      CAPTURE(threads);
      CAPTURE(items);
      CHECK(CountCalls(pool, items) == std::vector<int>(items, 1));
    }
  }
}

TEST_CASE("what a loop wrote is there for the caller and for the next loop") {
  ThreadPool pool(4);
  std::vector<int> values(97, 0);  // no atomics: the pool must order the writes
  for (int round = 0; round < 3000; round++) {
    pool.ParallelFor(values.size(), [&](size_t item, int) { values[item]++; });
  }
  CHECK(values == std::vector<int>(97, 3000));
  std::vector<long> sums(10, 0);
  pool.ParallelFor(sums.size(), [&](size_t item, int) {
    sums[item] = std::accumulate(values.begin(), values.end(), 0L);
  });
  CHECK(sums == std::vector<long>(10, 97L * 3000));
}

// A pool that goes while its workers are still on their way: starting, between two loops, falling
// asleep. One that misses the stop never ends.
TEST_CASE("a pool ends at whatever point its workers are") {
  for (int round = 0; round < 10000; round++) {
    ThreadPool pool(2 + round % 3);
    for (int loop = 0; loop < round % 4; loop++) {
      CHECK(CountCalls(pool, 5) == std::vector<int>(5, 1));
    }
  }
}

TEST_CASE("workers that fell asleep are woken") {
  ThreadPool pool(3);
  for (int round = 0; round < 20; round++) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // longer than they spin
    CHECK(MeetInside(pool) == 3);
  }
}

TEST_CASE("threads take over the items of one that is busy") {
  ThreadPool pool(2);
  std::atomic<int> others{0};
  // The thread with the first item does not end it until all others are done.
  pool.ParallelFor(50, [&](size_t item, int) {
    if (item > 0) {
      others++;
      return;
    }
    while (others < 49) {
      std::this_thread::yield();
    }
  });
  CHECK(others == 49);
}

TEST_CASE("a pool of one thread runs on the caller, in order") {
  ThreadPool pool(1);
  std::vector<size_t> order;
  bool same = true;
  pool.ParallelFor(20, [&, caller = std::this_thread::get_id()](size_t item, int thread) {
    same = same && std::this_thread::get_id() == caller && thread == 0;
    order.push_back(item);
  });
  CHECK(same);
  std::vector<size_t> expected(20);
  std::iota(expected.begin(), expected.end(), size_t{0});
  CHECK(order == expected);
}

TEST_CASE("each thread has a number of its own") {
  ThreadPool pool(3);
  std::vector<std::thread::id> ids(3);
  std::atomic<int> arrived{0};
  pool.ParallelFor(3, [&](size_t, int thread) {
    ids[static_cast<size_t>(thread)] = std::this_thread::get_id();
    arrived++;
    while (arrived < 3) {
      std::this_thread::yield();
    }
  });
  CHECK(std::set<std::thread::id>(ids.begin(), ids.end()).size() == 3);
  CHECK(ids[0] == std::this_thread::get_id());
}

TEST_CASE("pools end at once, used or not, asleep or awake") {
  for (int round = 0; round < 30; round++) {
    ThreadPool unused(4);
    ThreadPool used(4);
    CountCalls(used, 10);
    if (round % 10 == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
}

TEST_CASE("a pool may be used from one thread after another") {
  ThreadPool pool(3);
  for (int round = 0; round < 5; round++) {
    std::vector<int> counts;
    std::thread([&] { counts = CountCalls(pool, 33); }).join();
    CHECK(counts == std::vector<int>(33, 1));
  }
}

TEST_CASE("several pools work at the same time") {
  std::vector<std::thread> callers;
  std::atomic<int> right{0};
  for (int i = 0; i < 3; i++) {
    callers.emplace_back([&] {
      ThreadPool pool(3);
      for (int round = 0; round < 200; round++) {
        if (CountCalls(pool, 40) == std::vector<int>(40, 1)) {
          right++;
        }
      }
    });
  }
  for (std::thread& caller : callers) {
    caller.join();
  }
  CHECK(right == 600);
}

TEST_CASE("processors are shared out among those that want them at the same time") {
  Processors eight(8);
  CHECK(eight.Enter(20) == 20);  // alone: as asked
  eight.Leave(20);
  CHECK(eight.Enter(4) == 4);
  CHECK(eight.Enter(4) == 4);
  CHECK(eight.Enter(8) == 4);
  CHECK(eight.Enter(1) == 1);
  CHECK(eight.Enter(1) == 1);
  for (const int threads : {4, 4, 8, 1, 1}) {
    eight.Leave(threads);
  }
  CHECK(eight.Enter(3) == 3);
  CHECK(eight.Enter(100) == 7);
}

// Which threads a loop of so many items ran on.
std::set<int> ThreadsOf(ThreadPool& pool, size_t items) {
  std::vector<std::atomic<int>> by(items);
  pool.ParallelFor(items, [&](size_t item, int thread) { by[item] = thread; });
  return {by.begin(), by.end()};
}

TEST_CASE("fewer threads take part while another pool works, and all of them afterwards") {
  Processors three(3);
  ThreadPool pool(3, &three);
  for (int round = 0; round < 20; round++) {
    CHECK(three.Enter(6) >= 1);  // the other
    CHECK(ThreadsOf(pool, 50) == std::set<int>{0});
    three.Leave(6);
    CHECK(three.Enter(1) >= 1);
    for (const int thread : ThreadsOf(pool, 50)) {
      CHECK(thread < 2);
    }
    three.Leave(1);
    CHECK(MeetInside(pool) == 3);
  }
}

}  // namespace
}  // namespace mobilenet::test

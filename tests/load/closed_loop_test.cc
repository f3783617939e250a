#include "tests/load/closed_loop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace cardvault::testing {
namespace {

// Ends calls on a thread of its own, the newest first.
class Ender final {
 public:
  ~Ender() {
    {
      absl::MutexLock lock(&mutex_);
      stopped_ = true;
    }
    thread_.join();
  }

  void Add(std::function<void()> done) {
    absl::MutexLock lock(&mutex_);
    waiting_.push_back(std::move(done));
    most_ = std::max(most_, waiting_.size());
  }

  // How many calls were under way at once, at most.
  size_t most() const {
    absl::MutexLock lock(&mutex_);
    return most_;
  }

 private:
  void Run() {
    for (;;) {
      std::function<void()> done;
      {
        absl::MutexLock lock(&mutex_);
        const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
          return stopped_ || !waiting_.empty();
        };
        mutex_.Await(absl::Condition(&has_work));
        if (waiting_.empty()) return;
        done = std::move(waiting_.back());
        waiting_.pop_back();
      }
      done();
    }
  }

  mutable absl::Mutex mutex_;
  std::vector<std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t most_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_{[this] { Run(); }};
};

TEST(ClosedLoopTest, MakesEveryCallOnceAndNeverMoreAtOnce) {
  constexpr int kCalls = 1000;
  constexpr int kInFlight = 7;
  Ender ender;
  const std::vector<TimedCall> calls = RunClosedLoop(
      kInFlight, [](int index) { return index < kCalls; },
      [&](int, std::function<void()> done) { ender.Add(std::move(done)); });
  std::set<int> indexes;
  for (const TimedCall& call : calls) {
    indexes.insert(call.index);
    EXPECT_LE(call.begin, call.end);
  }
  EXPECT_EQ(calls.size(), static_cast<size_t>(kCalls));
  EXPECT_EQ(indexes.size(), static_cast<size_t>(kCalls));
  EXPECT_LE(ender.most(), static_cast<size_t>(kInFlight));
  EXPECT_GE(TookTogether(calls), calls.front().took());
}

TEST(ClosedLoopTest, StopsWhenThereIsNoMoreAndWaitsForWhatIsUnderWay) {
  Ender ender;
  std::atomic<bool> stopped = false;
  std::atomic<int> ended = 0;
  const std::vector<TimedCall> calls = RunClosedLoop(
      3, [&](int) { return !stopped; },
      [&](int index, std::function<void()> done) {
        if (index == 20) stopped = true;
        ender.Add([&ended, done = std::move(done)] {
          ++ended;
          done();
        });
      });
  EXPECT_GE(calls.size(), 21u);
  EXPECT_LE(calls.size(), 23u);
  EXPECT_EQ(static_cast<int>(calls.size()), ended);
}

TEST(ClosedLoopTest, NoCallsAreNone) {
  EXPECT_TRUE(RunClosedLoop(
                  2, [](int) { return false; }, [](int, std::function<void()>) { FAIL(); })
                  .empty());
  EXPECT_EQ(TookTogether({}), absl::ZeroDuration());
}

}  // namespace
}  // namespace cardvault::testing

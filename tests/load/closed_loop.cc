#include "tests/load/closed_loop.h"

#include <chrono>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace cardvault::testing {
namespace {

class Loop final {
 public:
  Loop(const std::function<bool(int)>& more,
       const std::function<void(int, std::function<void()>)>& start)
      : more_(more), start_(start) {}

  std::vector<TimedCall> Run(int in_flight) {
    for (int i = 0; i < in_flight; ++i) StartNext();
    absl::MutexLock lock(&mutex_);
    const auto all_ended = [this]()
                               ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return under_way_ == 0; };
    mutex_.Await(absl::Condition(&all_ended));
    return std::move(calls_);
  }

 private:
  void StartNext() {
    int index = 0;
    {
      absl::MutexLock lock(&mutex_);
      if (!more_(next_)) return;
      index = next_++;
      ++under_way_;
    }
    const auto begin = std::chrono::steady_clock::now();
    start_(index, [this, index, begin] {
      const auto end = std::chrono::steady_clock::now();
      {
        absl::MutexLock lock(&mutex_);
        calls_.push_back({index, begin, end});
      }
      StartNext();
      // The last of all: Run may return now, and this object may be gone.
      absl::MutexLock lock(&mutex_);
      --under_way_;
    });
  }

  const std::function<bool(int)>& more_;
  const std::function<void(int, std::function<void()>)>& start_;

  absl::Mutex mutex_;
  int next_ ABSL_GUARDED_BY(mutex_) = 0;
  int under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<TimedCall> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::vector<TimedCall> RunClosedLoop(
    int in_flight, const std::function<bool(int index)>& more,
    const std::function<void(int index, std::function<void()> done)>& start) {
  return Loop(more, start).Run(in_flight);
}

}  // namespace cardvault::testing

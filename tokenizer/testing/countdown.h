#ifndef CARDVAULT_TOKENIZER_TESTING_COUNTDOWN_H_
#define CARDVAULT_TOKENIZER_TESTING_COUNTDOWN_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace cardvault {

// Waits until something happened a number of times. As absl::BlockingCounter, but by a lock alone,
// which ThreadSanitizer is told of (third_party/tsan). Thread-safe.
class Countdown final {
 public:
  explicit Countdown(int count) : count_(count) {}

  void DecrementCount() {
    absl::MutexLock lock(&mutex_);
    --count_;
  }
  void Wait() {
    absl::MutexLock lock(&mutex_);
    const auto done = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return count_ == 0; };
    mutex_.Await(absl::Condition(&done));
  }

 private:
  absl::Mutex mutex_;
  int count_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_TOKENIZER_TESTING_COUNTDOWN_H_

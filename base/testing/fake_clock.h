#ifndef CARDVAULT_BASE_TESTING_FAKE_CLOCK_H_
#define CARDVAULT_BASE_TESTING_FAKE_CLOCK_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"

namespace cardvault {

// A clock that stands still until a test moves it. Thread-safe.
class FakeClock final : public Clock {
 public:
  // 2030-01-15 12:00:00 UTC: a fixed instant, so that expiries in tests need no calendar.
  FakeClock() : FakeClock(absl::FromUnixSeconds(1894708800)) {}
  explicit FakeClock(absl::Time now) : now_(now) {}

  absl::Time Now() const override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return now_;
  }
  absl::Duration SinceBoot() const override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return since_boot_;
  }

  // Lets time pass: both clocks go forward.
  void Advance(absl::Duration elapsed) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    now_ += elapsed;
    since_boot_ += elapsed;
  }

  // Steps the wall clock alone, as an operator or NTP does; also backwards.
  void SetNow(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    now_ = now;
  }
  void SetSinceBoot(absl::Duration since_boot) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    since_boot_ = since_boot;
  }

 private:
  mutable absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
  absl::Duration since_boot_ ABSL_GUARDED_BY(mutex_) = absl::Hours(1);
};

}  // namespace cardvault

#endif  // CARDVAULT_BASE_TESTING_FAKE_CLOCK_H_

#ifndef CARDVAULT_KEYS_RESERVE_SIGNAL_H_
#define CARDVAULT_KEYS_RESERVE_SIGNAL_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace cardvault {

// How use counters wake the thread that reserves uses. Shared with them, because a request may hold
// a key, and with it a counter, longer than the keyring manager lives. Thread-safe.
class ReserveSignal final {
 public:
  void Request() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    requested_ = true;
  }
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  // Waits for a request, and takes it, or for `longest`. False at the end.
  bool Await(absl::Duration longest) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(this, &ReserveSignal::RequestedOrStopping), longest);
    requested_ = false;
    return !stopping_;
  }
  // Returns at the end at once.
  void Sleep(absl::Duration duration) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&stopping_), duration);
  }

 private:
  bool RequestedOrStopping() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return requested_ || stopping_;
  }

  absl::Mutex mutex_;
  bool requested_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_RESERVE_SIGNAL_H_

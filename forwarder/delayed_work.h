#ifndef CARDVAULT_FORWARDER_DELAYED_WORK_H_
#define CARDVAULT_FORWARDER_DELAYED_WORK_H_

#include <chrono>  // NOLINT(build/c++11)
#include <map>
#include <thread>  // NOLINT(build/c++11)

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace cardvault {

// Runs work a while later, on one thread of its own. By real time, not by a Clock: what waits here
// waits for a disk. Thread-safe.
class DelayedWork final {
 public:
  // Told whether it is run early because the owner stops; then nothing new is to be begun.
  using Work = absl::AnyInvocable<void(bool stopping) &&>;

  DelayedWork();
  ~DelayedWork();  // as Stop

  // Runs `work`, which must not block, after `delay`; after Stop at once on the caller's thread.
  void After(absl::Duration delay, Work work);

  // Runs what waits, early, and ends the thread. Idempotent. Not from within work.
  void Stop();

 private:
  using Steady = std::chrono::steady_clock;  // one that nobody sets

  void Run();

  absl::Mutex mutex_;
  std::multimap<Steady::time_point, Work> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_DELAYED_WORK_H_

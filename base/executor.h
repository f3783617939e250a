#ifndef CARDVAULT_BASE_EXECUTOR_H_
#define CARDVAULT_BASE_EXECUTOR_H_

#include <cstddef>
#include <deque>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace cardvault {

// A few threads for work that must not run where it was found: second tries after a lost race, and
// whatever would block the commit thread or the network loop. Thread-safe.
class Executor final {
 public:
  // What waits is bounded by the requests in flight, each of which posts at most once at a time.
  explicit Executor(size_t thread_count);
  ~Executor();  // Stop()

  // Runs `work` on one of the threads; after Stop, at once on the caller's.
  void Post(absl::AnyInvocable<void() &&> work);

  // Runs what waits, then ends the threads. Idempotent.
  void Stop();

 private:
  void Run();

  absl::Mutex mutex_;
  std::deque<absl::AnyInvocable<void() &&>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_BASE_EXECUTOR_H_

#ifndef CARDVAULT_SANDBOX_CONNECTION_THREADS_H_
#define CARDVAULT_SANDBOX_CONNECTION_THREADS_H_

#include <httplib.h>

#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace cardvault::sandbox {

// One thread for each connection, so that kept and slow connections never hold up new ones as they
// would in a pool. At most kThreadCountMax; beyond that new connections wait.
//
// Thread-safe.
class ConnectionThreads final : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> serve) override;

  // Waits for every connection to end.
  void shutdown() override;

  static constexpr int kThreadCountMax = 4096;

 private:
  absl::Mutex mutex_;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_CONNECTION_THREADS_H_

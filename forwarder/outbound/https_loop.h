#ifndef CARDVAULT_FORWARDER_OUTBOUND_HTTPS_LOOP_H_
#define CARDVAULT_FORWARDER_OUTBOUND_HTTPS_LOOP_H_

#include <cstddef>
#include <memory>
#include <thread>  // NOLINT(build/c++11)
#include <unordered_map>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "forwarder/outbound/curl_reactor.h"
#include "forwarder/outbound/https_call.h"
#include "forwarder/outbound/https_limits.h"
#include "forwarder/outbound/https_transfer.h"
#include "forwarder/outbound/socket_book.h"

namespace cardvault {

// Carries every upstream call, each as one HttpsTransfer, on one thread of its own. Thread-safe.
class HttpsLoop final {
 public:
  // INTERNAL when libcurl or the system refuses. `clock` outlives it.
  static absl::StatusOr<std::unique_ptr<HttpsLoop>> Start(const Clock& clock, HttpsLimits limits);
  ~HttpsLoop();  // Stop without patience

  // Never blocks. `call.done` runs once, on the loop's thread; RESOURCE_EXHAUSTED (LIMIT) without
  // anything built when there are max_transfers. After Stop it runs inside, with UNAVAILABLE
  // (DRAINING).
  void Submit(HttpsCall call);

  // Takes no more calls, waits up to `patience` (by the machine's clock) for those under way, then
  // ends the rest. Every `done` has run when it returns. Idempotent; not from the loop's thread.
  void Stop(absl::Duration patience);

 private:
  struct Refused {
    HttpsCall call;
    absl::Status why;
  };

  HttpsLoop(const Clock& clock, HttpsLimits limits, std::unique_ptr<CurlReactor> reactor);

  void Run();
  // On the loop's thread.
  void Begin(HttpsCall call);
  void End(CURL* handle, CURLcode code, const absl::Status& aborted);
  static void Refuse(HttpsCall call, absl::Status why);

  // Constant after construction, but for the book.
  const Clock& clock_;
  const HttpsLimits limits_;
  SocketBook sockets_;                          // the loop's thread's; before what closes sockets
  const std::unique_ptr<CurlReactor> reactor_;  // the loop's thread's, but for Wake

  // The loop's thread's.
  std::unordered_map<CURL*, std::unique_ptr<HttpsTransfer>> transfers_;

  absl::Mutex mutex_;
  std::vector<HttpsCall> queue_ ABSL_GUARDED_BY(mutex_);
  std::vector<Refused> refused_ ABSL_GUARDED_BY(mutex_);
  size_t live_count_ ABSL_GUARDED_BY(mutex_) = 0;  // queued and under way
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time deadline_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();  // for the stragglers

  absl::Mutex joining_;
  std::thread thread_ ABSL_GUARDED_BY(joining_);
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_HTTPS_LOOP_H_

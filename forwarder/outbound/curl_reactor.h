#ifndef CARDVAULT_FORWARDER_OUTBOUND_CURL_REACTOR_H_
#define CARDVAULT_FORWARDER_OUTBOUND_CURL_REACTOR_H_

#include <curl/curl.h>

#include <memory>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace cardvault {

// Drives many libcurl transfers on one thread over epoll: what happens on one socket costs nothing
// for the thousand others, which libcurl's own poll would walk through each time. It keeps the
// idle connections too. Not thread-safe but for Wake.
class CurlReactor final {
 public:
  // INTERNAL when the system has no more descriptors.
  static absl::StatusOr<std::unique_ptr<CurlReactor>> Create();
  CurlReactor(const CurlReactor&) = delete;
  CurlReactor& operator=(const CurlReactor&) = delete;
  // Every transfer must have been removed. Closes the idle connections.
  ~CurlReactor();

  // False when libcurl refuses.
  bool Add(CURL* transfer);
  // Ends a transfer that is under way, or takes out one that has ended.
  void Remove(CURL* transfer);

  // Waits for something to happen, at most `patience`, and lets it happen. Calls `done` for every
  // transfer that ended, which must remove it.
  void Run(absl::Duration patience, absl::FunctionRef<void(CURL*, CURLcode)> done);

  // Ends the wait of a Run that goes on, or of the next. From any thread.
  void Wake();

 private:
  CurlReactor(CURLM* multi, int epoll, int wake);

  static int OnSocket(CURL* transfer, curl_socket_t socket, int what, void* self, void* known);
  static int OnTimer(CURLM* multi, long timeout_ms, void* self);  // NOLINT(runtime/int): libcurl's

  CURLM* const multi_;
  const int epoll_;
  const int wake_;
  // When libcurl wants to be called though nothing happened, by the machine's steady clock.
  std::optional<absl::Duration> deadline_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_CURL_REACTOR_H_

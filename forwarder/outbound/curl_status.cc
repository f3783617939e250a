#include "forwarder/outbound/curl_status.h"

#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

absl::Status StatusBeforePosting(CURLcode code) {
  constexpr ErrorReason kNone = ErrorReason::kUnspecified;
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return Unavailable(kNone, "the upstream's name could not be resolved");
    case CURLE_COULDNT_CONNECT:
      return Unavailable(kNone, "the upstream takes no connections");
    case CURLE_OPERATION_TIMEDOUT:
      return Unavailable(kNone, "no connection to the upstream in time");
    case CURLE_PEER_FAILED_VERIFICATION:
      return FailedPrecondition(kNone, "the upstream's certificate is not trusted");
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return FailedPrecondition(kNone, "the upstream's key is not the pinned one");
    case CURLE_SSL_CACERT_BADFILE:
      return FailedPrecondition(kNone, "the route's CA file cannot be read");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return Unavailable(kNone, "the TLS handshake with the upstream failed");
    case CURLE_OUT_OF_MEMORY:
      return ResourceExhausted(ErrorReason::kLimit, "no memory for the request");
    default:
      return Internal(ErrorReason::kInternal, "the request could not be started");
  }
}

absl::Status StatusAfterPosting(CURLcode code) {
  constexpr ErrorReason kNone = ErrorReason::kUnspecified;
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return Unavailable(kNone, "no answer of the upstream in time");
    case CURLE_FILESIZE_EXCEEDED:
      return Unavailable(kNone, "the upstream's answer is too large");
    case CURLE_PARTIAL_FILE:
      return Unavailable(kNone, "the upstream's answer was cut");
    default:
      return Unavailable(kNone, "the connection ended before the upstream's answer was complete");
  }
}

}  // namespace cardvault

#ifndef CARDVAULT_FORWARDER_OUTBOUND_CURL_STATUS_H_
#define CARDVAULT_FORWARDER_OUTBOUND_CURL_STATUS_H_

#include <curl/curl.h>

#include "absl/status/status.h"

namespace cardvault {

// Why a transfer failed, as a literal; libcurl's own texts name hosts and addresses and are
// dropped. `code` is not CURLE_OK. Thread-safe.
absl::Status StatusBeforePosting(CURLcode code);
absl::Status StatusAfterPosting(CURLcode code);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_CURL_STATUS_H_

#ifndef CARDVAULT_SANDBOX_H2H_SIGNATURE_H_
#define CARDVAULT_SANDBOX_H2H_SIGNATURE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace cardvault::sandbox {

// What the sandbox's H2H signature covers.
struct H2hSignedRequest {
  absl::string_view method;        // "POST"
  absl::string_view path;          // as it stands in the request line
  absl::string_view timestamp_ms;  // header X-MP-Timestamp
  absl::string_view nonce;         // header X-MP-Nonce
  absl::string_view body;
};

// Standard base64 of HMAC-SHA256 under `api_secret` over
// `{method}\n{path}\n{timestamp}\n{nonce}\n{body_sha256_hex}`.
//
// The vendor's own canonical string is not public: this is the sandbox's choice, and a route that
// talks to the sandbox has to be configured with it. Thread-safe.
std::string SignH2hRequest(const H2hSignedRequest& request, absl::string_view api_secret);

// True when `signature` is what SignH2hRequest gives. Thread-safe.
bool VerifyH2hRequest(const H2hSignedRequest& request, absl::string_view api_secret,
                      absl::string_view signature);

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_H2H_SIGNATURE_H_

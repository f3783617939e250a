#ifndef CARDVAULT_FORWARDER_OUTBOUND_CANONICAL_HMAC_H_
#define CARDVAULT_FORWARDER_OUTBOUND_CANONICAL_HMAC_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/secret_bytes.h"
#include "forwarder/outbound/request_plan.h"

namespace cardvault {

// What fills the placeholders of a canonical string; those of the route come from the signer.
struct CanonicalInput {
  absl::string_view method;
  absl::string_view path;
  absl::string_view host;
  absl::string_view timestamp;
  absl::string_view nonce;
  absl::string_view body;  // clear card data
};

// The HMAC over the canonical string, in the signer's encoding. The string is streamed into the
// HMAC and stands nowhere as a whole. FAILED_PRECONDITION for an unusable secret; INTERNAL
// (CRYPTO, or a malformed template). Thread-safe.
absl::StatusOr<std::string> SignCanonical(const CanonicalHmacSigner& signer,
                                          const CanonicalInput& input, const SecretBytes& secret);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_CANONICAL_HMAC_H_

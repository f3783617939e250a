#ifndef CARDVAULT_FORWARDER_OUTBOUND_SIGNED_REQUEST_H_
#define CARDVAULT_FORWARDER_OUTBOUND_SIGNED_REQUEST_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "forwarder/outbound/https_call.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/outbound/route_secrets.h"
#include "forwarder/outbound/slot_values.h"
#include "forwarder/outbound/upstream_url.h"

namespace cardvault {

// A request as it goes out.
struct SignedRequest {
  HttpsMessage message;
  std::string signature;  // as it stands in the message: in headers, or last in the body
};

// Renders the plan and signs those bytes, with a fresh nonce and `now` as the time. Errors:
// FAILED_PRECONDITION for a credential that is missing or unusable, CVV_REQUIRED; INTERNAL for a
// plan that cannot be sent (no signer, an object where the signature wants a value, a header with a
// line break). Thread-safe.
absl::StatusOr<SignedRequest> BuildSignedRequest(const RequestPlan& plan, const UpstreamUrl& url,
                                                 const RouteSecrets& secrets,
                                                 const SlotValues& values, absl::Time now);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_SIGNED_REQUEST_H_

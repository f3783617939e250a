#ifndef CARDVAULT_FORWARDER_OUTBOUND_SIGNED_REQUEST_H_
#define CARDVAULT_FORWARDER_OUTBOUND_SIGNED_REQUEST_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/secret_bytes.h"
#include "forwarder/outbound/https_call.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/outbound/slot_values.h"
#include "forwarder/outbound/upstream_url.h"

namespace cardvault {

// Credentials of a route by name.
using RouteSecrets = std::map<std::string, std::shared_ptr<const SecretBytes>>;

// Renders the plan and signs those bytes, with a fresh nonce and `now` as the time. Errors:
// FAILED_PRECONDITION for a credential that is missing or unusable, CVV_REQUIRED; INTERNAL for a
// plan that cannot be sent (nested values under a sorted-values signature, a header with a line
// break). Thread-safe.
absl::StatusOr<HttpsMessage> BuildSignedRequest(const RequestPlan& plan, const UpstreamUrl& url,
                                                const RouteSecrets& secrets,
                                                const SlotValues& values, absl::Time now);

// The named credential. FAILED_PRECONDITION when the route has none of that name.
absl::StatusOr<const SecretBytes*> FindSecret(const RouteSecrets& secrets, const std::string& name);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_SIGNED_REQUEST_H_

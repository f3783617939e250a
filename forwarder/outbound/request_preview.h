#ifndef CARDVAULT_FORWARDER_OUTBOUND_REQUEST_PREVIEW_H_
#define CARDVAULT_FORWARDER_OUTBOUND_REQUEST_PREVIEW_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "forwarder/outbound/message_headers.h"
#include "forwarder/outbound/request_plan.h"
#include "forwarder/outbound/route_secrets.h"
#include "forwarder/outbound/upstream_url.h"

namespace cardvault {

// What a token shows of its card.
struct PreviewCard {
  std::string bin;
  std::string last_four;
  int expiry_month = 0;
  int expiry_year = 0;
  std::string cardholder_name;  // may be empty
};

// A request as it would go out, without anything secret in it.
struct RequestPreview {
  std::string url;
  MessageHeaders headers;  // with Content-Type and the signer's
  std::string body;        // JSON
};

// Renders a plan without opening a card: its number as "411111******1111", a verification code as
// "***", what goes out encrypted as "[encrypted]", and a signature, wherever it stands, as
// "[signature, 96 characters]". Nonce and timestamp are real ones of `now`. Errors are those that
// the sending would have: as BuildSignedRequest, and CheckVendorSecret. Thread-safe.
absl::StatusOr<RequestPreview> RenderPreview(const RequestPlan& plan, const UpstreamUrl& url,
                                             const PreviewCard& card, const RouteSecrets& secrets,
                                             absl::Time now);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_OUTBOUND_REQUEST_PREVIEW_H_

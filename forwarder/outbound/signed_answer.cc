#include "forwarder/outbound/signed_answer.h"

#include <utility>
#include <variant>

#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "forwarder/outbound/request_renderer.h"
#include "forwarder/outbound/signed_request.h"
#include "forwarder/outbound/slot_values.h"
#include "forwarder/outbound/upstream_url.h"

namespace cardvault {
namespace {

std::string TextOf(const SecretBytes& body) {
  const absl::string_view view = SecretBytesAccess::View(body);
  return std::string(view.data(), view.size());
}

}  // namespace

absl::StatusOr<SignedAnswer> BuildSignedAnswer(const PlanObject& body, const Signer& signer,
                                               const RouteSecrets& secrets, absl::Time now) {
  if (std::holds_alternative<CanonicalHmacSigner>(signer)) {
    return Internal(ErrorReason::kInternal, "an answer has no path to sign");
  }
  const SlotValues values(now);
  RequestPlan plan;
  plan.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  if (std::holds_alternative<NoSigner>(signer)) {
    ASSIGN_OR_RETURN(const SecretBytes rendered, RenderBody(body, values, nullptr));
    return SignedAnswer{std::move(plan.headers), TextOf(rendered)};
  }
  plan.body = body;
  plan.signer = signer;
  ASSIGN_OR_RETURN(SignedRequest answer,
                   BuildSignedRequest(plan, UpstreamUrl(), secrets, values, now));
  return SignedAnswer{std::move(answer.message.headers), TextOf(answer.message.body)};
}

}  // namespace cardvault

#include "forwarder/dry_run.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/field_faults.h"
#include "forwarder/outbound/upstream_url.h"
#include "forwarder/payment_checks.h"
#include "vault/sealing/profile_opener.h"

namespace cardvault {
namespace {

absl::Status CheckCvv(const PaymentParts& parts, const PaymentRequest& request, CvvRule rule) {
  const bool named = !request.cvv_id.empty() && rule != CvvRule::kNever;
  if (rule != CvvRule::kRequired && !named) return absl::OkStatus();
  if (parts.escrow.StatusOf(request.call.merchant, request.token).state == CvvState::kHeld) {
    return absl::OkStatus();
  }
  return FailedPrecondition(ErrorReason::kCvvRequired,
                            "no card verification code is held for the token: call ProvideCvv");
}

absl::StatusOr<PreviewCard> ShownCard(const PreparedPayment& prepared,
                                      const PaymentRequest& request) {
  PreviewCard shown;
  if (!prepared.card.has_value()) return shown;
  const storage::v1::CardRecord& record = prepared.card->record;
  ASSIGN_OR_RETURN(
      const CardProfile profile,
      OpenCardProfile(*prepared.keyring, request.call.merchant, request.token, record));
  shown.bin = record.bin();
  shown.last_four = record.last_four();
  shown.expiry_month = profile.expiry.month();
  shown.expiry_year = profile.expiry.year();
  shown.cardholder_name = profile.cardholder_name;
  return shown;
}

absl::StatusOr<RequestPreview> Preview(const PaymentParts& parts, const PreparedPayment& prepared,
                                       const PaymentRequest& request) {
  const Route& route = *prepared.route;
  const RequestPlan plan =
      prepared.connector->PlanOrder(prepared.Order(request, prepared.cvv != CvvRule::kNever));
  ASSIGN_OR_RETURN(const UpstreamUrl url, JoinUpstreamUrl(route.transport.base_url, plan.path));
  ASSIGN_OR_RETURN(const PreviewCard card, ShownCard(prepared, request));
  ASSIGN_OR_RETURN(const RouteSecrets secrets, parts.routes.OpenCredentials(route));
  return RenderPreview(plan, url, card, secrets, parts.clock.Now() + route.transport.clock_offset);
}

}  // namespace

DryRunResult DryRun(const PaymentParts& parts, const PaymentRequest& request) {
  PreparedPayment prepared;
  FieldFaults faults;
  PaymentChecks(parts).FindFaults(request, prepared, faults);
  DryRunResult result;
  // Without these there is no request; with other faults it can be shown all the same.
  const bool can_show = prepared.route != nullptr && prepared.sent.wire_amount > 0 &&
                        prepared.is_offered &&
                        (prepared.card.has_value() || prepared.original.has_value());
  if (prepared.route != nullptr) faults.Add(CheckCvv(parts, request, prepared.cvv));
  if (can_show) {
    absl::StatusOr<RequestPreview> preview = Preview(parts, prepared, request);
    faults.Add(preview.status());
    if (preview.ok()) result.preview = *std::move(preview);
  }
  result.faults = faults.all();
  return result;
}

}  // namespace cardvault

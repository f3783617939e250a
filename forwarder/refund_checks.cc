#include "forwarder/refund_checks.h"

#include <algorithm>
#include <cstdint>

#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/ledger/payment_state.h"

namespace cardvault {
namespace {

absl::Status NotRefundable(ErrorText text) {
  return FailedPrecondition(ErrorReason::kNotRefundable, text);
}

}  // namespace

std::vector<Precondition> RefundOriginal::Unchanged() const {
  return {PaymentLedger::Unchanged(payment), RefundLedger::Unchanged(payment.row_key, standing)};
}

absl::Status CheckRefundable(const PaymentRequest& request, const RefundOriginal& original,
                             bool is_new) {
  const storage::v1::PaymentRecord& record = original.payment.record;
  if (record.kind() != static_cast<uint32_t>(PaymentKind::kPayIn)) {
    return NotRefundable("only a pay-in can be refunded");
  }
  if (static_cast<PaymentState>(record.state()) != PaymentState::kApproved) {
    return NotRefundable("only an approved payment can be refunded");
  }
  if (record.conflict()) {
    return NotRefundable("the upstream contradicted itself about this payment: a person must look");
  }
  if (record.of_unknown_amount()) {
    return NotRefundable(
        "the payment was found upstream after a restore, which named no amount of it");
  }
  if (is_new && original.standing.refund_count >= kMaxRefundsPerPayment) {
    return ResourceExhausted(ErrorReason::kLimit, "a payment can be refunded in 100 parts at most");
  }
  // An upstream that says it took more than was asked for raises no limit.
  const int64_t settled = record.has_settled_amount()
                              ? std::min(record.settled_amount(), record.amount())
                              : record.amount();
  // Live refunds never pass the settled amount, unless a later word of the upstream's lowered it.
  if (request.amount > settled - original.standing.live_amount) {
    return FailedPrecondition(ErrorReason::kRefundTooLarge,
                              "the refunds of the payment would pass its settled amount");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ApprovedId(const storage::v1::PaymentRecord& record,
                                       absl::string_view name) {
  std::string newest;
  for (const storage::v1::UpstreamIdRow& id : record.upstream_ids()) {
    if (id.of_approval() && id.name() == name) newest = id.value();
  }
  if (!newest.empty()) return newest;
  return NotRefundable(
      "the upstream's id of the approved payment is not known: ask GetPayment with refresh");
}

absl::Status CheckCardOfSale(const storage::v1::PaymentRecord& original, const StoredCard& card,
                             absl::Time now) {
  if (RetentionPassed(card.record, now)) {
    return FailedPrecondition(ErrorReason::kCardGone, "the card of the payment was deleted");
  }
  if (original.found_upstream()) {
    return FailedPrecondition(ErrorReason::kCardChanged,
                              "the payment was found upstream after a restore: which card it was "
                              "made with is not known");
  }
  if (card.record.pan_generation() != original.pan_generation()) {
    return FailedPrecondition(ErrorReason::kCardChanged,
                              "the token has got another card since the payment");
  }
  return absl::OkStatus();
}

}  // namespace cardvault

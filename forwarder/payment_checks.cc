#include "forwarder/payment_checks.h"

#include <utility>

#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/amount.h"
#include "forwarder/connector_registry.h"
#include "forwarder/field_rules.h"
#include "forwarder/iso_currency.h"
#include "forwarder/ledger/payment_index.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/ledger/request_digest.h"
#include "forwarder/route_amount.h"
#include "forwarder/upstream_reference.h"
#include "tokenizer/token_minter.h"
#include "vault/records/card_use.h"
#include "vault/sealing/profile_opener.h"

namespace cardvault {
namespace {

void CheckUrls(const PaymentUrls& urls, FieldFaults& faults) {
  faults.Add(CheckHttpsUrl(urls.notification_url, "urls.notification_url"));
  faults.Add(CheckHttpsUrl(urls.return_success_url, "urls.return_success_url"));
  faults.Add(CheckHttpsUrl(urls.return_decline_url, "urls.return_decline_url"));
}

absl::Status ConvertAmount(const PaymentRequest& request, const Route& route, SentPayment& sent) {
  const std::optional<int> iso_exponent = IsoExponent(request.currency);
  const auto wire_exponent = route.currencies.find(request.currency);
  if (!iso_exponent.has_value() || wire_exponent == route.currencies.end()) {
    return InvalidArgument(ErrorReason::kCurrencyUnsupported, "currency",
                           "this route does not take the currency");
  }
  sent.currency = request.currency;
  sent.iso_exponent = *iso_exponent;
  sent.wire_exponent = wire_exponent->second;
  ASSIGN_OR_RETURN(sent.wire_amount,
                   ToWireAmount(request.amount, *iso_exponent, wire_exponent->second));
  return CheckRouteAmount(route, request.currency, request.amount);
}

// What the ledger says to the request: nullopt when it is to be sent (again).
absl::StatusOr<std::optional<storage::v1::PaymentRecord>> JudgeRecorded(
    const Keyring& keyring, const PaymentRequest& request, const StoredPayment& payment) {
  ASSIGN_OR_RETURN(const bool same, IsSameRequest(keyring, request, payment.record));
  if (!same) {
    return AlreadyExists(ErrorReason::kPaymentIdReused, "payment_id",
                         "another request was made under this payment_id");
  }
  if (payment.record.awaiting_answer()) {
    return Aborted(ErrorReason::kInProgress, "the payment is on its way: ask GetPayment");
  }
  // One that the upstream spoke of all the same is for a person.
  if (static_cast<PaymentState>(payment.record.state()) == PaymentState::kNotSent &&
      !payment.record.conflict()) {
    return std::nullopt;
  }
  return payment.record;
}

}  // namespace

PaymentOrder PreparedPayment::Order(const PaymentRequest& request, bool with_cvv) const {
  PaymentOrder order{request,          *route->settings, sent.reference,
                     sent.wire_amount, with_cvv,         with_cardholder_name};
  if (original.has_value()) order.refund_of = original->refund_of;
  return order;
}

absl::StatusOr<PaymentChecks::Decision> PaymentChecks::Decide(const PaymentRequest& request) const {
  PreparedPayment prepared;
  ASSIGN_OR_RETURN(std::optional<storage::v1::PaymentRecord> recorded,
                   ReadLedger(request, prepared));
  if (recorded.has_value()) return Decision(*std::move(recorded));
  FieldFaults faults;
  RETURN_IF_ERROR(ReadRoute(request, prepared));
  RETURN_IF_ERROR(ConvertAmount(request, *prepared.route, prepared.sent));
  RETURN_IF_ERROR(ReadOriginal(request, prepared));
  RETURN_IF_ERROR(ReadCard(request, prepared));
  CheckUrls(request.urls, faults);
  prepared.connector->CheckOrder(prepared.Order(request, prepared.cvv == CvvRule::kRequired),
                                 faults);
  RETURN_IF_ERROR(faults.First());
  ASSIGN_OR_RETURN(prepared.secrets, parts_.routes.OpenCredentials(*prepared.route));
  return Decision(std::move(prepared));
}

void PaymentChecks::FindFaults(const PaymentRequest& request, PreparedPayment& prepared,
                               FieldFaults& faults) const {
  absl::StatusOr<std::optional<storage::v1::PaymentRecord>> recorded =
      ReadLedger(request, prepared);
  faults.Add(recorded.status());
  if (recorded.ok() && recorded->has_value()) {
    faults.Add(AlreadyExists(ErrorReason::kPaymentIdReused, "payment_id",
                             "the payment was made already and would be answered from the ledger"));
  }
  CheckUrls(request.urls, faults);
  faults.Add(ReadRoute(request, prepared));
  if (prepared.route == nullptr || prepared.keyring == nullptr) return;
  faults.Add(ConvertAmount(request, *prepared.route, prepared.sent));
  faults.Add(ReadOriginal(request, prepared));
  faults.Add(ReadCard(request, prepared));
  if (!prepared.is_offered) return;
  prepared.connector->CheckOrder(prepared.Order(request, prepared.cvv == CvvRule::kRequired),
                                 faults);
}

absl::StatusOr<std::optional<storage::v1::PaymentRecord>> PaymentChecks::ReadLedger(
    const PaymentRequest& request, PreparedPayment& prepared) const {
  ASSIGN_OR_RETURN(prepared.keyring, parts_.keyring.Snapshot());
  const Keyring& keyring = *prepared.keyring;
  // A refund's token is its original's, which the ledger knows.
  if (request.kind != PaymentKind::kRefund) {
    RETURN_IF_ERROR(
        TokenMinter::Verify(keyring, request.call.merchant, request.token, parts_.mode));
  }
  ASSIGN_OR_RETURN(
      std::optional<StoredPayment> payment,
      PaymentIndex(parts_.engine).Find(parts_.keyring, request.call.merchant, request.payment_id));
  if (!payment.has_value()) {
    prepared.payment.row_key = PaymentLedger::NewRowKey();
    return std::nullopt;
  }
  ASSIGN_OR_RETURN(std::optional<storage::v1::PaymentRecord> recorded,
                   JudgeRecorded(keyring, request, *payment));
  prepared.payment = *std::move(payment);
  return recorded;
}

absl::Status PaymentChecks::ReadRoute(const PaymentRequest& request,
                                      PreparedPayment& prepared) const {
  ASSIGN_OR_RETURN(const RouteInForce in_force,
                   parts_.routes.ForMerchant(request.route, request.call.merchant));
  prepared.connector = FindConnector(in_force.route->connector);
  if (prepared.connector == nullptr) {
    return Internal(ErrorReason::kInternal, "a route has a connector that does not exist");
  }
  prepared.route = in_force.route;
  if (request.kind == PaymentKind::kPayIn) prepared.cvv = prepared.route->cvv;
  // What went upstream once stays the name of the payment, whatever became of the route.
  prepared.sent.reference = prepared.payment.record.upstream_reference();
  if (prepared.sent.reference.empty()) {
    prepared.sent.reference =
        UpstreamReference(prepared.route->owners.size(), request.call.merchant, request.payment_id);
  }
  prepared.sent.kind = request.kind;
  if (!request.wanted_connector.empty() && request.wanted_connector != prepared.route->connector) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "upstream",
                           "these options are for another kind of upstream than the route's");
  }
  RETURN_IF_ERROR(prepared.connector->CheckOffered(request.kind, *prepared.route->settings));
  prepared.is_offered = true;
  return absl::OkStatus();
}

absl::Status PaymentChecks::ReadOriginal(const PaymentRequest& request,
                                         PreparedPayment& prepared) const {
  if (request.kind != PaymentKind::kRefund) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      std::optional<StoredPayment> payment,
      PaymentIndex(parts_.engine).Find(parts_.keyring, request.call.merchant, *request.original));
  if (!payment.has_value()) {
    return NotFound(ErrorReason::kPaymentNotFound, "payment not found");
  }
  RefundOriginal original;
  original.payment = *std::move(payment);
  ASSIGN_OR_RETURN(original.standing, RefundLedger(parts_.engine).Read(original.payment.row_key));
  RETURN_IF_ERROR(CheckRefundable(request, original, prepared.payment.revision == 0));
  // Its ids mean nothing to another account, or another sale.
  if (prepared.route->account != original.payment.record.upstream_account()) {
    return FailedPrecondition(ErrorReason::kNotRefundable,
                              "the route names another account than the payment was made with");
  }
  ASSIGN_OR_RETURN(original.refund_of,
                   ApprovedId(original.payment.record,
                              prepared.connector->RefundIdName(*prepared.route->settings)));
  prepared.original = std::move(original);
  return absl::OkStatus();
}

absl::Status PaymentChecks::ReadCard(const PaymentRequest& request,
                                     PreparedPayment& prepared) const {
  const absl::Time now = parts_.clock.Now();
  const bool is_refund = request.kind == PaymentKind::kRefund;
  if (is_refund && !prepared.connector->RefundNeedsCard(*prepared.route->settings)) {
    return absl::OkStatus();
  }
  absl::StatusOr<StoredCard> card =
      CardStore(parts_.engine).Find(request.call.merchant, request.token);
  if (is_refund && absl::IsNotFound(card.status())) {
    return FailedPrecondition(ErrorReason::kCardGone, "the card of the payment was deleted");
  }
  if (!card.ok()) return card.status();
  prepared.card = *card;
  if (is_refund) {
    if (prepared.original.has_value()) {
      RETURN_IF_ERROR(CheckCardOfSale(prepared.original->payment.record, *card, now));
    }
  } else {
    const absl::Status chargeable = CheckChargeable(*card, now);
    // A single-use token that this very payment used may be sent again under its id.
    const bool used_by_this =
        ReasonOf(chargeable) == ErrorReason::kTokenUsed && prepared.payment.revision != 0;
    if (!chargeable.ok() && !used_by_this) return chargeable;
  }
  ASSIGN_OR_RETURN(
      const CardProfile profile,
      OpenCardProfile(*prepared.keyring, request.call.merchant, request.token, card->record));
  if (request.kind == PaymentKind::kPayIn && profile.expiry.ExpiredAt(now)) {
    return FailedPrecondition(ErrorReason::kCardExpired, "the card has expired");
  }
  prepared.with_cardholder_name = !profile.cardholder_name.empty();
  return absl::OkStatus();
}

AttemptTable::Lease PaymentChecks::LeaseCvv(const PaymentRequest& request, CvvRule rule) const {
  if (rule == CvvRule::kNever) return std::nullopt;
  absl::StatusOr<CvvLease> lease =
      parts_.escrow.Lease(request.call.merchant, request.token, request.cvv_id);
  // Where it is optional, only a deposit that was named must be there.
  if (!lease.ok() && rule == CvvRule::kOptional && request.cvv_id.empty()) return std::nullopt;
  if (!lease.ok()) return lease.status();
  return std::optional<CvvLease>(*std::move(lease));
}

AttemptTable::Lease PaymentChecks::FitLease(CvvRule rule, std::optional<CvvLease> lease) {
  if (rule == CvvRule::kRequired && !lease.has_value()) {
    return FailedPrecondition(ErrorReason::kCvvRequired,
                              "the route wants a card verification code, and none is at hand");
  }
  if (rule == CvvRule::kNever && lease.has_value()) {
    lease->GiveBack();
    return std::nullopt;
  }
  return lease;
}

}  // namespace cardvault

#include "forwarder/pay_in_checks.h"

#include <utility>

#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/amount.h"
#include "forwarder/connector_registry.h"
#include "forwarder/field_rules.h"
#include "forwarder/iso_currency.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/ledger/request_digest.h"
#include "forwarder/upstream_reference.h"
#include "tokenizer/token_minter.h"
#include "vault/records/card_use.h"
#include "vault/sealing/profile_opener.h"

namespace cardvault {
namespace {

absl::Status CheckUrls(const PaymentUrls& urls) {
  RETURN_IF_ERROR(CheckHttpsUrl(urls.notification_url, "urls.notification_url"));
  RETURN_IF_ERROR(CheckHttpsUrl(urls.return_success_url, "urls.return_success_url"));
  return CheckHttpsUrl(urls.return_decline_url, "urls.return_decline_url");
}

absl::Status ConvertAmount(const PayInInput& input, const Route& route, SentPayIn& sent) {
  const std::optional<int> iso_exponent = IsoExponent(input.currency);
  const auto wire_exponent = route.currencies.find(input.currency);
  if (!iso_exponent.has_value() || wire_exponent == route.currencies.end()) {
    return InvalidArgument(ErrorReason::kCurrencyUnsupported, "currency",
                           "this route does not take the currency");
  }
  ASSIGN_OR_RETURN(sent.wire_amount,
                   ToWireAmount(input.amount, *iso_exponent, wire_exponent->second));
  sent.currency = input.currency;
  sent.iso_exponent = *iso_exponent;
  sent.wire_exponent = wire_exponent->second;
  return absl::OkStatus();
}

// What the ledger says to the request: nullopt when it is to be sent (again).
absl::StatusOr<std::optional<storage::v1::PaymentRecord>> JudgeRecorded(
    const Keyring& keyring, const PayInInput& input, const StoredPayment& payment) {
  ASSIGN_OR_RETURN(const bool same, IsSamePayIn(keyring, input, payment.record));
  if (!same) {
    return AlreadyExists(ErrorReason::kPaymentIdReused, "payment_id",
                         "another request was made under this payment_id");
  }
  if (payment.record.awaiting_answer()) {
    return Aborted(ErrorReason::kInProgress, "the payment is on its way: ask GetPayment");
  }
  if (static_cast<PaymentState>(payment.record.state()) == PaymentState::kNotSent) {
    return std::nullopt;
  }
  return payment.record;
}

}  // namespace

absl::StatusOr<PayInChecks::Decision> PayInChecks::Decide(const PayInInput& input) const {
  PreparedPayIn prepared;
  ASSIGN_OR_RETURN(prepared.keyring, parts_.keyring.Snapshot());
  const Keyring& keyring = *prepared.keyring;
  RETURN_IF_ERROR(TokenMinter::Verify(keyring, input.call.merchant, input.token, parts_.mode));

  ASSIGN_OR_RETURN(prepared.row_keys,
                   PaymentLedger::RowKeys(keyring, input.call.merchant, input.payment_id));
  ASSIGN_OR_RETURN(
      std::optional<StoredPayment> payment,
      PaymentLedger(parts_.engine).Find(keyring, input.call.merchant, input.payment_id));
  if (payment.has_value()) {
    ASSIGN_OR_RETURN(std::optional<storage::v1::PaymentRecord> recorded,
                     JudgeRecorded(keyring, input, *payment));
    if (recorded.has_value()) return Decision(*std::move(recorded));
    prepared.payment = *std::move(payment);
  } else {
    prepared.payment.row_key = prepared.row_keys.front();
  }

  RETURN_IF_ERROR(ReadRoute(input, prepared));
  RETURN_IF_ERROR(ReadCard(input, prepared));
  const PayInOrder order{input,
                         *prepared.route->settings,
                         prepared.sent.reference,
                         prepared.sent.wire_amount,
                         prepared.route->cvv == CvvRule::kRequired,
                         prepared.with_cardholder_name};
  RETURN_IF_ERROR(prepared.connector->CheckPayIn(order));
  ASSIGN_OR_RETURN(prepared.secrets, parts_.routes.OpenCredentials(*prepared.route));
  return Decision(std::move(prepared));
}

absl::Status PayInChecks::ReadRoute(const PayInInput& input, PreparedPayIn& prepared) const {
  ASSIGN_OR_RETURN(const RouteInForce in_force,
                   parts_.routes.ForMerchant(input.route, input.call.merchant));
  prepared.route = in_force.route;
  prepared.connector = FindConnector(in_force.route->connector);
  if (prepared.connector == nullptr) {
    return Internal(ErrorReason::kInternal, "a route has a connector that does not exist");
  }
  if (!input.wanted_connector.empty() && input.wanted_connector != in_force.route->connector) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "upstream",
                           "these options are for another kind of upstream than the route's");
  }
  RETURN_IF_ERROR(ConvertAmount(input, *prepared.route, prepared.sent));
  // What went upstream once stays the name of the payment, whatever became of the route.
  prepared.sent.reference = prepared.payment.record.upstream_reference();
  if (prepared.sent.reference.empty()) {
    prepared.sent.reference =
        UpstreamReference(prepared.route->owners.size(), input.call.merchant, input.payment_id);
  }
  return CheckUrls(input.urls);
}

absl::Status PayInChecks::ReadCard(const PayInInput& input, PreparedPayIn& prepared) const {
  const absl::Time now = parts_.clock.Now();
  ASSIGN_OR_RETURN(prepared.card, CardStore(parts_.engine).Find(input.call.merchant, input.token));
  const absl::Status chargeable = CheckChargeable(prepared.card, now);
  // A single-use token that this very payment used may be sent again under its id.
  const bool used_by_this =
      ReasonOf(chargeable) == ErrorReason::kTokenUsed && prepared.payment.revision != 0;
  if (!chargeable.ok() && !used_by_this) return chargeable;
  ASSIGN_OR_RETURN(
      const CardProfile profile,
      OpenCardProfile(*prepared.keyring, input.call.merchant, input.token, prepared.card.record));
  if (profile.expiry.ExpiredAt(now)) {
    return FailedPrecondition(ErrorReason::kCardExpired, "the card has expired");
  }
  prepared.with_cardholder_name = !profile.cardholder_name.empty();
  return absl::OkStatus();
}

AttemptTable::Lease PayInChecks::LeaseCvv(const PayInInput& input, CvvRule rule) const {
  if (rule == CvvRule::kNever) return std::nullopt;
  absl::StatusOr<CvvLease> lease =
      parts_.escrow.Lease(input.call.merchant, input.token, input.cvv_id);
  // Where it is optional, only a deposit that was named must be there.
  if (!lease.ok() && rule == CvvRule::kOptional && input.cvv_id.empty()) return std::nullopt;
  if (!lease.ok()) return lease.status();
  return std::optional<CvvLease>(*std::move(lease));
}

AttemptTable::Lease PayInChecks::FitLease(CvvRule rule, std::optional<CvvLease> lease) {
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

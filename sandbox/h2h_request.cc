#include "sandbox/h2h_request.h"

#include <limits>

#include "sandbox/iso_codes.h"
#include "sandbox/text_rules.h"

namespace cardvault::sandbox {
namespace {

// The document names no limits: these keep one request from filling the memory.
constexpr size_t kIdMax = 100;
constexpr size_t kTextMax = 1000;

bool IsSafePaymentId(absl::string_view text) { return IsIdText(text) && !HoldsCardNumber(text); }

void ReadPayment(FieldChecker& fields, H2hCardRequest& request) {
  FieldChecker payment(fields, "payment");
  request.payment_id =
      std::string(payment.String("payment_id", Presence::kRequired, kIdMax, IsSafePaymentId,
                                 "must be an id without card number"));
  request.currency = std::string(
      payment.String("currency", Presence::kRequired, 3, IsCurrencyCode, "unknown currency"));
  request.amount =
      payment.Integer("amount", Presence::kRequired, 1, std::numeric_limits<int64_t>::max())
          .value_or(0);
  payment.String("description", Presence::kRequired, kTextMax);
  payment.RefuseUnknownMembers();
}

void ReadCard(FieldChecker& fields, H2hKind kind, int64_t now_seconds, H2hCardRequest& request) {
  FieldChecker card(fields, "card");
  request.card_number =
      std::string(card.String("pan", Presence::kRequired, 19, IsCardNumber,
                              "must be 12 to 19 digits with a right check digit"));
  const auto year = card.Integer("year", Presence::kRequired, 1000, 9999);
  const auto month = card.Integer("month", Presence::kRequired, 1, 12);
  if (kind == H2hKind::kPayIn && year && month &&
      IsExpired(static_cast<int>(*month), static_cast<int>(*year), now_seconds)) {
    card.Reject("year", "the card has expired");
  }
  card.String("card_holder", Presence::kRequired, kTextMax);
  if (kind == H2hKind::kPayIn) {
    request.cvv =
        std::string(card.String("cvv", Presence::kRequired, 4, IsCvv, "must be 3 or 4 digits"));
  } else {
    card.Absent("cvv", "only a pay-in may carry it");
  }
  card.RefuseUnknownMembers();
}

void ReadCustomer(FieldChecker& fields, Presence email) {
  FieldChecker customer(fields, "customer");
  customer.String("id", Presence::kRequired, kIdMax);
  customer.String("full_name", Presence::kRequired, kTextMax);
  customer.String("email", email, kTextMax, IsEmail, "must be an e-mail address");
  customer.String("ip_address", Presence::kOptional, kTextMax, IsIpAddress,
                  "must be an IP address");
  customer.RefuseUnknownMembers();
}

void ReadHooks(FieldChecker& fields, Presence return_urls) {
  FieldChecker hooks(fields, "workflow_hooks");
  hooks.String("callback_url", Presence::kRequired, kTextMax, IsUrl, "must be a URL");
  hooks.String("return_success_url", return_urls, kTextMax, IsUrl, "must be a URL");
  hooks.String("return_decline_url", return_urls, kTextMax, IsUrl, "must be a URL");
  hooks.RefuseUnknownMembers();
}

}  // namespace

std::optional<FieldProblem> ReadH2hCardRequest(const JsonValue& message, H2hKind kind,
                                               int64_t now_seconds, H2hCardRequest& request) {
  const Presence with_cardholder =
      kind == H2hKind::kPayIn ? Presence::kRequired : Presence::kOptional;
  std::optional<FieldProblem> problem;
  FieldChecker fields(message, problem);
  request.cascade_id = std::string(fields.String("cascade_id", Presence::kRequired, kIdMax));
  ReadPayment(fields, request);
  ReadCard(fields, kind, now_seconds, request);
  ReadCustomer(fields, with_cardholder);
  ReadHooks(fields, with_cardholder);
  fields.RefuseUnknownMembers();
  return problem;
}

std::optional<FieldProblem> ReadH2hStatusRequest(const JsonValue& message,
                                                 std::string& merchant_payment_id) {
  std::optional<FieldProblem> problem;
  FieldChecker fields(message, problem);
  merchant_payment_id = std::string(
      fields.String("merchant_payment_id", Presence::kRequired, kIdMax, IsIdText, "must be an id"));
  fields.RefuseUnknownMembers();
  return problem;
}

}  // namespace cardvault::sandbox

#include "server/wire/payment_data.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "base/status.h"
#include "card/free_text.h"
#include "forwarder/field_rules.h"
#include "server/wire/field_checks.h"

namespace cardvault {
namespace {

constexpr size_t kCurrencySize = 3;    // ISO 4217 alphabetic code
constexpr size_t kBirthDateSize = 10;  // YYYY-MM-DD

absl::Status CheckUrl(const std::string& url, FieldName field) {
  if (url.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(CheckFreeText(url, kMaxUrlSize, field));
  if (!absl::StartsWith(url, "https://")) {
    return InvalidArgument(ErrorReason::kFieldInvalid, field, "not an https:// URL");
  }
  return absl::OkStatus();
}

absl::StatusOr<PayingCustomer> ToCustomer(const v1::Customer& customer) {
  RETURN_IF_ERROR(CheckCallersId(customer.id(), "customer.id"));
  RETURN_IF_ERROR(CheckFreeText(customer.first_name(), kMaxNameSize, "customer.first_name"));
  RETURN_IF_ERROR(CheckFreeText(customer.last_name(), kMaxNameSize, "customer.last_name"));
  RETURN_IF_ERROR(CheckFreeText(customer.email(), kMaxTextSize, "customer.email"));
  RETURN_IF_ERROR(CheckPhone(customer.phone(), "customer.phone"));
  RETURN_IF_ERROR(CheckIpAddress(customer.ip_address(), "customer.ip_address"));
  RETURN_IF_ERROR(CheckFreeText(customer.birth_date(), kBirthDateSize, "customer.birth_date"));
  RETURN_IF_ERROR(CheckFreeText(customer.address(), kMaxTextSize, "customer.address"));
  RETURN_IF_ERROR(CheckFreeText(customer.city(), kMaxTextSize, "customer.city"));
  RETURN_IF_ERROR(CheckFreeText(customer.country(), kMaxTextSize, "customer.country"));
  RETURN_IF_ERROR(CheckFreeText(customer.state(), kMaxTextSize, "customer.state"));
  RETURN_IF_ERROR(CheckFreeText(customer.postal_code(), kMaxTextSize, "customer.postal_code"));
  return PayingCustomer{customer.id(),         customer.first_name(), customer.last_name(),
                        customer.email(),      customer.phone(),      customer.ip_address(),
                        customer.birth_date(), customer.address(),    customer.city(),
                        customer.country(),    customer.state(),      customer.postal_code()};
}

bool IsCurrencyCode(const std::string& code) {
  return code.size() == kCurrencySize &&
         std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

absl::StatusOr<PayInInput> ToPayInInput(const CallContext& call, const v1::PayInRequest& request) {
  ASSIGN_OR_RETURN(PaymentId payment_id, ParseId<PaymentId>(request.payment_id(), "payment_id"));
  ASSIGN_OR_RETURN(RouteName route, ParseId<RouteName>(request.route(), "route"));
  ASSIGN_OR_RETURN(Token token, Token::Parse(request.token()));
  if (!request.cvv_id().empty()) RETURN_IF_ERROR(CheckCallersId(request.cvv_id(), "cvv_id"));
  if (request.amount() <= 0) {
    return InvalidArgument(ErrorReason::kAmountInvalid, "amount", "an amount is above 0");
  }
  if (!IsCurrencyCode(request.currency())) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "currency",
                           "not an ISO 4217 code of three upper-case letters");
  }
  ASSIGN_OR_RETURN(PayingCustomer customer, ToCustomer(request.customer()));
  RETURN_IF_ERROR(CheckUrl(request.urls().notification_url(), "urls.notification_url"));
  RETURN_IF_ERROR(CheckUrl(request.urls().return_success_url(), "urls.return_success_url"));
  RETURN_IF_ERROR(CheckUrl(request.urls().return_decline_url(), "urls.return_decline_url"));
  RETURN_IF_ERROR(CheckFreeText(request.description(), kMaxNameSize, "description"));

  PayInInput input{call,
                   std::move(token),
                   request.cvv_id(),
                   std::move(route),
                   std::move(payment_id),
                   request.amount(),
                   request.currency(),
                   std::move(customer),
                   {request.urls().notification_url(), request.urls().return_success_url(),
                    request.urls().return_decline_url()},
                   request.description(),
                   ""};
  if (request.has_h2h()) input.wanted_connector = "h2h";
  if (request.has_praxis()) input.wanted_connector = "praxis";
  return input;
}

v1::Payment ToPayment(const storage::v1::PaymentRecord& record, VaultMode mode) {
  v1::Payment payment;
  payment.set_payment_id(record.payment_id());
  payment.set_kind(static_cast<v1::PaymentKind>(record.kind()));
  payment.set_state(static_cast<v1::PaymentState>(record.state()));
  payment.set_action(static_cast<v1::PaymentAction>(record.action()));
  payment.set_route(record.route());
  if (record.token().size() == Token::kBinarySize) {
    std::array<char, Token::kBinarySize> binary;
    std::copy(record.token().begin(), record.token().end(), binary.begin());
    payment.set_token(Token::FromBinary(mode, binary).text());
  }
  payment.set_amount(record.amount());
  payment.set_currency(record.currency());
  if (record.has_settled_amount()) payment.set_settled_amount(record.settled_amount());
  payment.set_redirect_url(record.redirect_url());
  payment.set_upstream_reference(record.upstream_reference());
  for (const auto& id : record.upstream_ids()) {
    v1::UpstreamId* shown = payment.add_upstream_ids();
    shown->set_name(id.name());
    shown->set_value(id.value());
  }
  payment.set_raw_status(record.raw_status());
  payment.set_error_code(record.error_code());
  payment.set_error_text(record.error_text());
  payment.set_processor(record.processor());
  payment.set_conflict(record.conflict());
  payment.set_needs_review(record.needs_review());
  payment.set_attempt(static_cast<int32_t>(record.attempt()));
  *payment.mutable_create_time() = ToTimestamp(absl::FromUnixMicros(record.create_micros()));
  *payment.mutable_update_time() = ToTimestamp(absl::FromUnixMicros(record.update_micros()));
  for (const auto& event : record.timeline()) {
    v1::PaymentEvent* shown = payment.add_timeline();
    *shown->mutable_time() = ToTimestamp(absl::FromUnixMicros(event.time_micros()));
    shown->set_state(static_cast<v1::PaymentState>(event.state()));
    shown->set_source(event.source());
    shown->set_raw_status(event.raw_status());
    shown->set_applied(event.applied());
  }
  payment.set_audit_reference(record.audit_reference());
  return payment;
}

}  // namespace cardvault

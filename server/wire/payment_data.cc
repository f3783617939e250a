#include "server/wire/payment_data.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "base/status.h"
#include "card/free_text.h"
#include "forwarder/field_rules.h"
#include "forwarder/ledger/payment_state.h"
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

absl::Status CheckAmount(int64_t amount) {
  if (amount > 0) return absl::OkStatus();
  return InvalidArgument(ErrorReason::kAmountInvalid, "amount", "an amount is above 0");
}

absl::StatusOr<PaymentUrls> ToUrls(const v1::PaymentUrls& urls) {
  RETURN_IF_ERROR(CheckUrl(urls.notification_url(), "urls.notification_url"));
  RETURN_IF_ERROR(CheckUrl(urls.return_success_url(), "urls.return_success_url"));
  RETURN_IF_ERROR(CheckUrl(urls.return_decline_url(), "urls.return_decline_url"));
  return PaymentUrls{urls.notification_url(), urls.return_success_url(), urls.return_decline_url()};
}

// What a pay-in and a pay-out have in common.
template <typename Request>
absl::StatusOr<PaymentRequest> Convert(const CallContext& call, const Request& request) {
  ASSIGN_OR_RETURN(PaymentId payment_id, ParseId<PaymentId>(request.payment_id(), "payment_id"));
  ASSIGN_OR_RETURN(RouteName route, ParseId<RouteName>(request.route(), "route"));
  ASSIGN_OR_RETURN(Token token, Token::Parse(request.token()));
  RETURN_IF_ERROR(CheckAmount(request.amount()));
  if (!IsCurrencyCode(request.currency())) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "currency",
                           "not an ISO 4217 code of three upper-case letters");
  }
  ASSIGN_OR_RETURN(PayingCustomer customer, ToCustomer(request.customer()));
  ASSIGN_OR_RETURN(PaymentUrls urls, ToUrls(request.urls()));
  RETURN_IF_ERROR(CheckFreeText(request.description(), kMaxNameSize, "description"));
  PaymentRequest converted{call,
                           std::move(token),
                           "",
                           std::move(route),
                           std::move(payment_id),
                           request.amount(),
                           request.currency(),
                           std::move(customer),
                           std::move(urls),
                           request.description(),
                           ""};
  if (request.has_h2h()) converted.wanted_connector = "h2h";
  if (request.has_praxis()) converted.wanted_connector = "praxis";
  return converted;
}

}  // namespace

absl::StatusOr<PaymentRequest> ToPaymentRequest(const CallContext& call,
                                                const v1::PayInRequest& request) {
  if (!request.cvv_id().empty()) RETURN_IF_ERROR(CheckCallersId(request.cvv_id(), "cvv_id"));
  ASSIGN_OR_RETURN(PaymentRequest converted, Convert(call, request));
  converted.cvv_id = request.cvv_id();
  return converted;
}

absl::StatusOr<PaymentRequest> ToPaymentRequest(const CallContext& call,
                                                const v1::PayOutRequest& request) {
  ASSIGN_OR_RETURN(PaymentRequest converted, Convert(call, request));
  converted.kind = PaymentKind::kPayOut;
  return converted;
}

absl::StatusOr<RefundRequest> ToRefundRequest(const CallContext& call,
                                              const v1::RefundRequest& request) {
  ASSIGN_OR_RETURN(PaymentId original,
                   ParseId<PaymentId>(request.original_payment_id(), "original_payment_id"));
  ASSIGN_OR_RETURN(PaymentId payment_id, ParseId<PaymentId>(request.payment_id(), "payment_id"));
  RETURN_IF_ERROR(CheckAmount(request.amount()));
  ASSIGN_OR_RETURN(PayingCustomer customer, ToCustomer(request.customer()));
  ASSIGN_OR_RETURN(PaymentUrls urls, ToUrls(request.urls()));
  RETURN_IF_ERROR(CheckFreeText(request.description(), kMaxNameSize, "description"));
  return RefundRequest{call,
                       std::move(original),
                       std::move(payment_id),
                       request.amount(),
                       std::move(customer),
                       std::move(urls),
                       request.description()};
}

absl::StatusOr<PaymentFilter> ToPaymentFilter(const v1::ListPaymentsRequest& request) {
  PaymentFilter filter;
  if (request.state() != v1::PAYMENT_STATE_UNSPECIFIED) {
    if (!IsPaymentState(static_cast<uint32_t>(request.state()))) {
      return InvalidArgument(ErrorReason::kFieldInvalid, "state", "there is no such state");
    }
    filter.state = static_cast<PaymentState>(request.state());
  }
  if (request.kind() != v1::PAYMENT_KIND_UNSPECIFIED) {
    if (!v1::PaymentKind_IsValid(request.kind())) {
      return InvalidArgument(ErrorReason::kFieldInvalid, "kind", "there is no such kind");
    }
    filter.kind = static_cast<PaymentKind>(request.kind());
  }
  if (!request.route().empty()) {
    ASSIGN_OR_RETURN(const RouteName route, ParseId<RouteName>(request.route(), "route"));
    filter.route = route.value();
  }
  if (!request.token().empty()) {
    ASSIGN_OR_RETURN(filter.token, Token::Parse(request.token()));
  }
  filter.needs_review = request.needs_review();
  if (request.page_size() < 0) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "page_size", "a page size is not negative");
  }
  return filter;
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
  payment.set_original_payment_id(record.original_payment_id());
  payment.set_found_upstream(record.found_upstream());
  return payment;
}

}  // namespace cardvault

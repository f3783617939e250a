#include "server/payment_admin.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "base/status.h"
#include "card/base32.h"
#include "forwarder/ledger/payment_state.h"
#include "server/admin_steps.h"
#include "server/wire/field_checks.h"

namespace cardvault {
namespace {

constexpr int kDefaultPageSize = 100;
constexpr int kMaxPageSize = 500;
constexpr size_t kRowKeySize = 32;  // bytes: what a page token of this listing is

admin::v1::OpenPayment ToOpenPayment(const storage::v1::PaymentRecord& record) {
  admin::v1::OpenPayment payment;
  payment.set_merchant(record.merchant());
  payment.set_payment_id(record.payment_id());
  payment.set_route(record.route());
  payment.set_kind(std::string(PaymentKindName(static_cast<PaymentKind>(record.kind()))));
  payment.set_state(std::string(PaymentStateName(static_cast<PaymentState>(record.state()))));
  payment.set_amount(record.amount());
  payment.set_currency(record.currency());
  payment.set_needs_review(record.needs_review());
  payment.set_conflict(record.conflict());
  *payment.mutable_create_time() = ToTimestamp(absl::FromUnixMicros(record.create_micros()));
  *payment.mutable_update_time() = ToTimestamp(absl::FromUnixMicros(record.update_micros()));
  payment.set_audit_reference(record.audit_reference());
  payment.set_upstream_reference(record.upstream_reference());
  payment.set_raw_status(record.raw_status());
  return payment;
}

std::optional<PaymentState> StateNamed(absl::string_view name) {
  for (uint32_t number = 1; number <= kLastPaymentState; ++number) {
    const auto state = static_cast<PaymentState>(number);
    if (PaymentStateName(state) == name) return state;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<admin::v1::ListOpenPaymentsResponse> PaymentAdmin::ListOpen(
    const Caller& caller, admin::v1::ListOpenPaymentsRequest& request) {
  if (request.page_size() < 0 || request.page_size() > kMaxPageSize) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "page_size", "not 1 to 500");
  }
  std::string after;
  if (!request.page_token().empty() &&
      (!DecodeBase32Lower(request.page_token(), after) || after.size() != kRowKeySize)) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "page_token", "not a page token");
  }
  RETURN_IF_ERROR(TellOfRead(pipeline_, caller, "open payments"));
  const int page_size = request.page_size() == 0 ? kDefaultPageSize : request.page_size();
  ASSIGN_OR_RETURN(
      const Payments::OpenPage page,
      payments_.ListOpen(request.needs_review(), static_cast<size_t>(page_size), after));
  admin::v1::ListOpenPaymentsResponse response;
  for (const storage::v1::PaymentRecord& record : page.payments) {
    *response.add_payments() = ToOpenPayment(record);
  }
  if (!page.next.empty()) response.set_next_page_token(Base32Lower(page.next));
  return response;
}

absl::StatusOr<PaymentWord> ReadPaymentWord(const admin::v1::ResolvePaymentRequest& request) {
  ASSIGN_OR_RETURN(MerchantId merchant, ParseId<MerchantId>(request.merchant(), "merchant"));
  ASSIGN_OR_RETURN(PaymentId payment, ParseId<PaymentId>(request.payment_id(), "payment_id"));
  const std::optional<PaymentState> state = StateNamed(request.state());
  if (!state.has_value()) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "state", "there is no such state");
  }
  return PaymentWord{std::move(merchant), std::move(payment), *state};
}

void PaymentAdmin::Resolve(const Caller& caller, const admin::v1::ResolvePaymentRequest& request,
                           Done<admin::v1::ResolvePaymentResponse> done) {
  const absl::StatusOr<PaymentWord> word = ReadPaymentWord(request);
  if (!word.ok()) return std::move(done)(word.status());
  payments_.Resolve(
      word->merchant, word->payment, word->state, caller.origin,
      [done = std::move(done)](absl::StatusOr<storage::v1::PaymentRecord> record) mutable {
        if (!record.ok()) return std::move(done)(record.status());
        admin::v1::ResolvePaymentResponse response;
        *response.mutable_payment() = ToOpenPayment(*record);
        std::move(done)(std::move(response));
      });
}

}  // namespace cardvault

#include "sandbox/h2h_answer.h"

#include <utility>

#include "sandbox/card_echo.h"

namespace cardvault::sandbox {
namespace {

constexpr char kSuccess[] = "success";
constexpr char kError[] = "error";

JsonValue StringOrNull(absl::string_view text) {
  return text.empty() ? JsonValue::Null() : JsonValue::String(text);
}

}  // namespace

absl::string_view H2hWord(Verdict verdict) {
  switch (verdict) {
    case Verdict::kApproved:
      return kSuccess;
    case Verdict::kRedirect:
    case Verdict::kPendingAsync:
    case Verdict::kPending:
    case Verdict::kDeclinedRetry:
      return "processing";
    case Verdict::kDeclined:
      return "decline";
    case Verdict::kError:
      return kError;
    case Verdict::kUnknownWord:
      break;
  }
  return "under partner review";
}

JsonValue H2hCreateAnswer(const Order& order, absl::string_view payment_url) {
  JsonValue answer = JsonValue::Object();
  answer.Set("request_status", JsonValue::String(kSuccess));
  answer.Set("payment_id", JsonValue::String(order.uuid));
  answer.Set("merchant_payment_id", JsonValue::String(order.id));
  answer.Set("payment_status", JsonValue::String(order.state));
  answer.Set("payment_url", StringOrNull(payment_url));
  answer.Set("message", JsonValue::Null());
  answer.Set("error_code", StringOrNull(order.error_code));
  answer.Set("error_message", StringOrNull(order.error_text));
  return answer;
}

int64_t H2hAmountAcquired(const Order& order) {
  return order.state == kSuccess ? order.settled_amount.value_or(order.amount) : 0;
}

JsonValue H2hStatusAnswer(const Order& order) {
  JsonValue info = JsonValue::Object();
  info.Set("amount_acquired", JsonValue::Number(H2hAmountAcquired(order)));
  info.Set("currency", JsonValue::String(order.currency));
  JsonValue answer = JsonValue::Object();
  answer.Set("request_status", JsonValue::String(kSuccess));
  answer.Set("payment_id", JsonValue::String(order.uuid));
  answer.Set("merchant_payment_id", JsonValue::String(order.id));
  answer.Set("status", JsonValue::String(order.state));
  answer.Set("processing_info", std::move(info));
  answer.Set("error_code", StringOrNull(order.error_code));
  answer.Set("error_message", StringOrNull(order.error_text));
  return answer;
}

JsonValue H2hRefusalAnswer(const H2hRefusal& refusal, absl::string_view merchant_payment_id) {
  JsonValue answer = JsonValue::Object();
  answer.Set("request_status", JsonValue::String(kError));
  answer.Set("payment_id", JsonValue::Null());
  answer.Set("merchant_payment_id", StringOrNull(merchant_payment_id));
  answer.Set("payment_status", JsonValue::Null());
  answer.Set("payment_url", JsonValue::Null());
  answer.Set("message", JsonValue::Null());
  answer.Set("error_code", JsonValue::String(refusal.error_code));
  answer.Set("error_message", JsonValue::String(refusal.error_message));
  return answer;
}

void ApplyH2hFault(Fault fault, const Order& order, absl::string_view card_number,
                   absl::string_view base_url, JsonValue& answer) {
  switch (fault) {
    case Fault::kEchoCard:
      answer.Set("message", JsonValue::String(EchoText(card_number)));
      answer.Set("error_message", JsonValue::String(EchoText(card_number)));
      answer.Set("error_code", JsonValue::String(card_number));
      answer.Set("payment_url", JsonValue::String(EchoUrl(base_url, card_number)));
      break;
    case Fault::kOtherOrder:
      answer.Set("payment_id", JsonValue::String(kH2hUuidOfAnother));
      answer.Set("merchant_payment_id", JsonValue::String("payment-of-another"));
      answer.Set("amount", JsonValue::Number(order.amount + 1));
      answer.Set("currency", JsonValue::String(order.currency));
      break;
    case Fault::kOversize:
      answer.Set("message", JsonValue::String(std::string(kOversizeBytes, 'x')));
      break;
    default:
      break;
  }
}

}  // namespace cardvault::sandbox

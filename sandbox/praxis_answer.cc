#include "sandbox/praxis_answer.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "sandbox/card_echo.h"
#include "sandbox/praxis_signature.h"

namespace cardvault::sandbox {
namespace {

constexpr char kProcessor[] = "Sandbox";

JsonValue StringOrNull(absl::string_view text) {
  return text.empty() ? JsonValue::Null() : JsonValue::String(text);
}

std::string TransactionId(int64_t trace_id) { return absl::StrCat("T", trace_id); }

}  // namespace

std::optional<PraxisRefusal> PraxisRefusalOf(BookResult result) {
  switch (result) {
    case BookResult::kBooked:
      return std::nullopt;
    case BookResult::kDuplicate:
      return PraxisRefusal{kPraxisOrderNotUnique, "order_id is not unique"};
    case BookResult::kFull:
      return PraxisRefusal{kPraxisServerFull, "too many orders"};
    case BookResult::kNoOriginal:
      return PraxisRefusal{kPraxisFieldInvalid, "reference_id: no approved attempt of a sale"};
    case BookResult::kOtherCard:
      return PraxisRefusal{kPraxisFieldInvalid, "reference_id: a sale of another card or currency"};
    case BookResult::kMoreThanIsLeft:
      return PraxisRefusal{kPraxisFieldInvalid, "amount: more than is left to refund"};
  }
  return std::nullopt;
}

absl::string_view PraxisWord(Verdict verdict) {
  switch (verdict) {
    case Verdict::kApproved:
      return "approved";
    case Verdict::kRedirect:
    case Verdict::kPendingAsync:
      return "pending async";
    case Verdict::kPending:
      return "pending";
    case Verdict::kDeclinedRetry:
      return "declined retry";
    case Verdict::kDeclined:
      return "declined";
    case Verdict::kError:
      return "error";
    case Verdict::kUnknownWord:
      break;
  }
  return "under partner review";
}

JsonValue PraxisProcessAnswer(const Order& order, absl::string_view redirect_url) {
  JsonValue answer = JsonValue::Object();
  answer.Set("status", JsonValue::Number(0));
  answer.Set("description", JsonValue::String("Success"));
  answer.Set("redirect_url", StringOrNull(redirect_url));
  answer.Set("trace_id", JsonValue::Number(order.trace_ids.back()));
  answer.Set("transaction_id", JsonValue::String(TransactionId(order.trace_ids.back())));
  answer.Set("transaction_status", JsonValue::String(order.state));
  answer.Set("error_code", StringOrNull(order.error_code));
  answer.Set("error_details", StringOrNull(order.error_text));
  answer.Set("payment_processor", JsonValue::String(kProcessor));
  answer.Set("version", JsonValue::String(kPraxisVersion));
  return answer;
}

JsonValue PraxisRefusalAnswer(const PraxisRefusal& refusal) {
  JsonValue answer = JsonValue::Object();
  answer.Set("status", JsonValue::Number(refusal.code));
  answer.Set("description", JsonValue::String(refusal.description));
  answer.Set("version", JsonValue::String(kPraxisVersion));
  return answer;
}

JsonValue PraxisOrderMessage(const Order& order, absl::string_view frontend) {
  JsonValue message = JsonValue::Object();
  message.Set("transaction_type", JsonValue::String(order.kind));
  message.Set("transaction_status", JsonValue::String(order.state));
  message.Set("transaction_id", JsonValue::String(TransactionId(order.trace_ids.back())));
  message.Set("trace_id", JsonValue::Number(order.trace_ids.back()));
  message.Set("order_id", JsonValue::String(order.id));
  message.Set("frontend", JsonValue::String(frontend));
  message.Set("pin", JsonValue::String(order.customer_id));
  message.Set("amount", JsonValue::Number(order.amount));
  message.Set("currency", JsonValue::String(order.currency));
  message.Set("error_code", StringOrNull(order.error_code));
  message.Set("error_details", StringOrNull(order.error_text));
  message.Set("payment_processor", JsonValue::String(kProcessor));
  if (order.settled_amount) {
    message.Set("charge_amount", JsonValue::Number(*order.settled_amount));
  }
  message.Set("version", JsonValue::String(kPraxisVersion));
  return message;
}

void ApplyPraxisFault(Fault fault, const Order& order, absl::string_view card_number,
                      absl::string_view base_url, JsonValue& answer) {
  switch (fault) {
    case Fault::kEchoCard:
      for (absl::string_view field : {"description", "error_details", "payment_processor"}) {
        answer.Set(field, JsonValue::String(EchoText(card_number)));
      }
      answer.Set("error_code", JsonValue::String(card_number));
      answer.Set("redirect_url", JsonValue::String(EchoUrl(base_url, card_number)));
      break;
    case Fault::kOtherOrder:
      answer.Set("order_id", JsonValue::String("order-of-another"));
      answer.Set("trace_id", JsonValue::Number(order.trace_ids.back() + 1));
      answer.Set("transaction_id", JsonValue::String(TransactionId(order.trace_ids.back() + 1)));
      answer.Set("amount", JsonValue::Number(order.amount + 1));
      answer.Set("currency", JsonValue::String(order.currency));
      break;
    case Fault::kOversize:
      answer.Set("description", JsonValue::String(std::string(kOversizeBytes, 'x')));
      break;
    default:
      break;
  }
}

std::string SignedPraxisText(JsonValue message, absl::string_view merchant_secret) {
  message.Set("signature", JsonValue::String(SignPraxisMessage(message, merchant_secret)));
  return message.Write();
}

std::string WronglySignedPraxisText(JsonValue message, absl::string_view merchant_secret) {
  return SignedPraxisText(std::move(message), absl::StrCat(merchant_secret, "-of-another"));
}

}  // namespace cardvault::sandbox

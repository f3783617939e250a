#include "sandbox/praxis13_answer.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sandbox/card_echo.h"
#include "sandbox/digest.h"

namespace cardvault::sandbox {
namespace {

constexpr char kProcessor[] = "Sandbox";
// A fraction, so that who verifies has to keep a number's literal.
constexpr char kConversionRate[] = "1.00";
constexpr size_t kTokenBytes = 24;

JsonValue StringOrNull(absl::string_view text) {
  return text.empty() ? JsonValue::Null() : JsonValue::String(text);
}

// A customer keeps one token, in which nothing of the customer can be read.
std::string CustomerToken(const Order& order) {
  return absl::StrCat("ct-", Sha256Hex(order.customer_id).substr(0, kTokenBytes));
}

JsonValue TransactionOf(const Order& order) {
  const bool is_processed = order.state == "approved" || order.settled_amount.has_value();
  JsonValue transaction = JsonValue::Object();
  transaction.Set("transaction_type", JsonValue::String(order.kind));
  transaction.Set("transaction_status", JsonValue::String(order.state));
  transaction.Set("tid", JsonValue::Number(order.trace_ids.back()));
  transaction.Set("currency", JsonValue::String(order.currency));
  transaction.Set("amount", JsonValue::Number(order.amount));
  transaction.Set("conversion_rate", JsonValue::NumberLiteral(kConversionRate));
  transaction.Set("processed_currency",
                  is_processed ? JsonValue::String(order.currency) : JsonValue::Null());
  transaction.Set("processed_amount",
                  is_processed ? JsonValue::Number(order.settled_amount.value_or(order.amount))
                               : JsonValue::Null());
  transaction.Set("error_code", StringOrNull(order.error_code));
  transaction.Set("error_details", StringOrNull(order.error_text));
  transaction.Set("payment_processor", JsonValue::String(kProcessor));
  return transaction;
}

// Sets a member of the object member `outer`.
void SetIn(JsonValue& message, absl::string_view outer, absl::string_view name, JsonValue value) {
  JsonValue object = *message.Find(outer);
  object.Set(name, std::move(value));
  message.Set(outer, std::move(object));
}

}  // namespace

JsonValue Praxis13OrderMessage(const Order& order) {
  JsonValue session = JsonValue::Object();
  session.Set("order_id", JsonValue::String(order.id));
  session.Set("cid", JsonValue::String(order.customer_id));
  session.Set("currency", JsonValue::String(order.currency));
  session.Set("amount", JsonValue::Number(order.amount));
  JsonValue customer = JsonValue::Object();
  customer.Set("customer_token", JsonValue::String(CustomerToken(order)));
  JsonValue message = JsonValue::Object();
  message.Set("version", JsonValue::String(kPraxis13Version));
  message.Set("session", std::move(session));
  message.Set("customer", std::move(customer));
  message.Set("transaction", TransactionOf(order));
  return message;
}

JsonValue Praxis13Answer(const Order& order, absl::string_view redirect_url, int64_t now_seconds) {
  JsonValue answer = Praxis13OrderMessage(order);
  answer.Set("status", JsonValue::Number(0));
  answer.Set("description", JsonValue::String("Success"));
  answer.Set("timestamp", JsonValue::Number(now_seconds));
  if (!redirect_url.empty()) answer.Set("redirect_url", JsonValue::String(redirect_url));
  return answer;
}

JsonValue Praxis13RefusalAnswer(const PraxisRefusal& refusal, int64_t now_seconds) {
  JsonValue answer = JsonValue::Object();
  answer.Set("status", JsonValue::Number(refusal.code));
  answer.Set("description", JsonValue::String(refusal.description));
  answer.Set("version", JsonValue::String(kPraxis13Version));
  answer.Set("timestamp", JsonValue::Number(now_seconds));
  return answer;
}

void ApplyPraxis13Fault(Fault fault, const Order& order, absl::string_view card_number,
                        absl::string_view base_url, JsonValue& answer) {
  switch (fault) {
    case Fault::kEchoCard:
      answer.Set("description", JsonValue::String(EchoText(card_number)));
      answer.Set("redirect_url", JsonValue::String(EchoUrl(base_url, card_number)));
      for (absl::string_view field : {"error_details", "payment_processor"}) {
        SetIn(answer, "transaction", field, JsonValue::String(EchoText(card_number)));
      }
      SetIn(answer, "transaction", "error_code", JsonValue::String(card_number));
      break;
    case Fault::kOtherOrder:
      SetIn(answer, "session", "order_id", JsonValue::String("order-of-another"));
      SetIn(answer, "transaction", "tid", JsonValue::Number(order.trace_ids.back() + 1));
      SetIn(answer, "transaction", "amount", JsonValue::Number(order.amount + 1));
      break;
    case Fault::kOversize:
      answer.Set("description", JsonValue::String(std::string(kOversizeBytes, 'x')));
      break;
    default:
      break;
  }
}

}  // namespace cardvault::sandbox

#include "sandbox/praxis_notification.h"

#include <utility>

#include "absl/status/statusor.h"
#include "sandbox/praxis_answer.h"
#include "sandbox/praxis_signature.h"
#include "sandbox/praxis_timestamp.h"

namespace cardvault::sandbox {
namespace {

constexpr char kFrontendOfAnother[] = "Frontend of another";
constexpr int64_t kHttpOk = 200;

}  // namespace

JsonValue PraxisNotification::MessageOf(const Order& order, Account account) const {
  return PraxisOrderMessage(order,
                            account == Account::kOwn ? credentials_.frontend : kFrontendOfAnother);
}

SignedNotification PraxisNotification::Sign(JsonValue message, int64_t now_ms,
                                            Account secret) const {
  message.Set("timestamp", JsonValue::Number(now_ms / 1000));
  return {{{"Content-Type", "application/json"}},
          secret == Account::kOwn
              ? SignedPraxisText(std::move(message), credentials_.merchant_secret)
              : WronglySignedPraxisText(std::move(message), credentials_.merchant_secret)};
}

absl::string_view PraxisNotification::ReplyProblem(const MerchantReply& reply,
                                                   int64_t now_ms) const {
  if (reply.status != kHttpOk) return "HTTP status: must be 200";
  const absl::StatusOr<JsonValue> message = JsonValue::Parse(reply.body);
  if (!message.ok() || !message->is_object()) return "body: must be one JSON object";
  const JsonValue* status = message->Find("status");
  if (status == nullptr || !status->is_number() || status->text() != "0") {
    return "status: must be 0";
  }
  if (message->StringAt("version") != kPraxisVersion) return "version: must be the string 1.1";
  if (!VerifyPraxisMessage(*message, credentials_.merchant_secret)) {
    return "signature: missing or wrong";
  }
  return PraxisTimestampProblem(*message, now_ms / 1000);
}

}  // namespace cardvault::sandbox

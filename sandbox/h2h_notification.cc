#include "sandbox/h2h_notification.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "sandbox/digest.h"
#include "sandbox/h2h_answer.h"
#include "sandbox/random_uuid.h"

namespace cardvault::sandbox {
namespace {

constexpr int64_t kHttpOk = 200;

}  // namespace

// Another account's payment has another gateway id; the merchant's id may well be the same.
JsonValue H2hNotification::MessageOf(const Order& order, Account account) const {
  JsonValue message = JsonValue::Object();
  message.Set("payment_id",
              JsonValue::String(account == Account::kOwn ? order.uuid : kH2hUuidOfAnother));
  message.Set("merchant_payment_id", JsonValue::String(order.id));
  message.Set("status", JsonValue::String(order.state));
  message.Set("amount", JsonValue::Number(order.amount));
  message.Set("currency", JsonValue::String(order.currency));
  if (H2hAmountAcquired(order) > 0) {
    JsonValue info = JsonValue::Object();
    info.Set("amount_acquired", JsonValue::Number(H2hAmountAcquired(order)));
    message.Set("processing_info", std::move(info));
  }
  return message;
}

SignedNotification H2hNotification::Sign(JsonValue message, int64_t now_ms, Account secret) const {
  SignedNotification notification;
  notification.body = message.Write();
  const std::string timestamp = absl::StrCat(now_ms);
  const std::string nonce = RandomUuid();
  notification.headers = {
      {"Content-Type", "application/json"},
      {"X-MP-Timestamp", timestamp},
      {"X-MP-Nonce", nonce},
      {"X-MP-Signature",
       HmacSha256Base64(absl::StrCat(api_secret_, secret == Account::kOwn ? "" : "-of-another"),
                        absl::StrCat(timestamp, "|", nonce, "|", notification.body))}};
  return notification;
}

absl::string_view H2hNotification::ReplyProblem(const MerchantReply& reply, int64_t) const {
  return reply.status == kHttpOk ? "" : "HTTP status: must be 200";
}

}  // namespace cardvault::sandbox

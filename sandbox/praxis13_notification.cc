#include "sandbox/praxis13_notification.h"

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "sandbox/praxis13_answer.h"
#include "sandbox/praxis13_signature.h"
#include "sandbox/praxis_timestamp.h"

namespace cardvault::sandbox {
namespace {

constexpr char kApplicationOfAnother[] = "Application of another";
constexpr int64_t kHttpOk = 200;

}  // namespace

JsonValue Praxis13Notification::MessageOf(const Order& order, Account account) const {
  JsonValue message = Praxis13OrderMessage(order);
  message.Set("merchant_id", JsonValue::String(credentials_.merchant_id));
  message.Set("application_key",
              JsonValue::String(account == Account::kOwn ? credentials_.application_key
                                                         : kApplicationOfAnother));
  return message;
}

SignedNotification Praxis13Notification::Sign(JsonValue message, int64_t now_ms,
                                              Account secret) const {
  message.Set("timestamp", JsonValue::Number(now_ms / 1000));
  const std::string signature = SignPraxis13(
      Praxis13Message::kNotification, message,
      absl::StrCat(credentials_.merchant_secret, secret == Account::kOwn ? "" : "-of-another"));
  return {
      {{"Content-Type", "application/json; charset=utf-8"}, {kPraxis13SignatureHeader, signature}},
      message.Write()};
}

bool Praxis13Notification::IsSigned(const JsonValue& message, const MerchantReply& reply) const {
  for (const char* name : {"gt-authentication", "external-request-signature"}) {
    const auto header = reply.headers.find(name);
    if (header != reply.headers.end() &&
        VerifyPraxis13(Praxis13Message::kAcknowledgement, message, credentials_.merchant_secret,
                       header->second)) {
      return true;
    }
  }
  return false;
}

absl::string_view Praxis13Notification::ReplyProblem(const MerchantReply& reply,
                                                     int64_t now_ms) const {
  if (reply.status != kHttpOk) return "HTTP status: must be 200";
  const absl::StatusOr<JsonValue> message = JsonValue::Parse(reply.body);
  if (!message.ok() || !message->is_object()) return "body: must be one JSON object";
  const JsonValue* status = message->Find("status");
  if (status == nullptr || !status->is_number() || status->text() != "0") {
    return "status: must be 0";
  }
  if (message->StringAt("version") != kPraxis13Version) return "version: must be the string 1.3";
  if (!IsSigned(*message, reply)) return "signature: missing or wrong";
  return PraxisTimestampProblem(*message, now_ms / 1000);
}

}  // namespace cardvault::sandbox

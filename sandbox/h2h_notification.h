#ifndef CARDVAULT_SANDBOX_H2H_NOTIFICATION_H_
#define CARDVAULT_SANDBOX_H2H_NOTIFICATION_H_

#include <string>

#include "sandbox/notification_dialect.h"

namespace cardvault::sandbox {

// Callbacks of the H2H API. The vendor's form is not public, so this is the sandbox's own: a JSON
// object, and headers X-MP-Timestamp (milliseconds), X-MP-Nonce and X-MP-Signature, which is
// standard base64 of HMAC-SHA256 under the api_secret over `{timestamp}|{nonce}|{body}`. Any HTTP
// 200 acknowledges it.
//
// Thread-safe.
class H2hNotification final : public NotificationDialect {
 public:
  explicit H2hNotification(absl::string_view api_secret) : api_secret_(api_secret) {}

  JsonValue MessageOf(const Order& order, Account account) const override;
  SignedNotification Sign(JsonValue message, int64_t now_ms, Account secret) const override;
  absl::string_view ReplyProblem(const MerchantReply& reply, int64_t now_ms) const override;

 private:
  const std::string api_secret_;
};

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_H2H_NOTIFICATION_H_

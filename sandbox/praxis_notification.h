#ifndef CARDVAULT_SANDBOX_PRAXIS_NOTIFICATION_H_
#define CARDVAULT_SANDBOX_PRAXIS_NOTIFICATION_H_

#include "sandbox/credentials.h"
#include "sandbox/notification_dialect.h"

namespace cardvault::sandbox {

// Notifications of the Praxis 1.1 API: one flat JSON object with its signature inside. An
// acknowledgement is HTTP 200 with the same kind of object, whose status is 0.
//
// Thread-safe.
class PraxisNotification final : public NotificationDialect {
 public:
  explicit PraxisNotification(const PraxisCredentials& credentials) : credentials_(credentials) {}

  JsonValue MessageOf(const Order& order, Account account) const override;
  SignedNotification Sign(JsonValue message, int64_t now_ms, Account secret) const override;
  absl::string_view ReplyProblem(const MerchantReply& reply, int64_t now_ms) const override;

 private:
  const PraxisCredentials credentials_;
};

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_PRAXIS_NOTIFICATION_H_

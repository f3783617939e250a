#ifndef CARDVAULT_SANDBOX_PRAXIS13_NOTIFICATION_H_
#define CARDVAULT_SANDBOX_PRAXIS13_NOTIFICATION_H_

#include "sandbox/credentials.h"
#include "sandbox/notification_dialect.h"

namespace cardvault::sandbox {

// Notifications of the Praxis 1.3 API, signed in the header Gt-Authentication. An acknowledgement
// is HTTP 200 with a status of 0; it is signed in that header or in external-request-signature,
// because the vendor's sources name both.
//
// Thread-safe.
class Praxis13Notification final : public NotificationDialect {
 public:
  explicit Praxis13Notification(const Praxis13Credentials& credentials)
      : credentials_(credentials) {}

  JsonValue MessageOf(const Order& order, Account account) const override;
  SignedNotification Sign(JsonValue message, int64_t now_ms, Account secret) const override;
  absl::string_view ReplyProblem(const MerchantReply& reply, int64_t now_ms) const override;

 private:
  bool IsSigned(const JsonValue& message, const MerchantReply& reply) const;

  const Praxis13Credentials credentials_;
};

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_PRAXIS13_NOTIFICATION_H_

#ifndef CARDVAULT_SANDBOX_NOTIFICATION_DIALECT_H_
#define CARDVAULT_SANDBOX_NOTIFICATION_DIALECT_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "sandbox/json_value.h"
#include "sandbox/order_book.h"

namespace cardvault::sandbox {

// A notification as it would be posted to a merchant.
struct SignedNotification {
  std::map<std::string, std::string> headers;
  std::string body;
};

// What a merchant answers to a notification.
struct MerchantReply {
  int64_t status = 0;                          // of HTTP
  std::map<std::string, std::string> headers;  // by lower-case name
  std::string body;
};

// In whose name a notification speaks, and with whose secret it is signed.
enum class Account { kOwn, kAnother };

// How one API writes its notifications and what it takes for an acknowledgement.
//
// Implementations are thread-safe.
class NotificationDialect {
 public:
  virtual ~NotificationDialect() = default;

  // The message about the present state of `order`, without what signing adds.
  virtual JsonValue MessageOf(const Order& order, Account account) const = 0;

  // Completes and signs `message` at the time `now_ms`. A message that was signed before gets a new
  // timestamp and signature.
  virtual SignedNotification Sign(JsonValue message, int64_t now_ms, Account secret) const = 0;

  // Why `reply`, which came at the time `now_ms`, acknowledges nothing: a literal, or the empty
  // text when it does acknowledge.
  virtual absl::string_view ReplyProblem(const MerchantReply& reply, int64_t now_ms) const = 0;
};

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_NOTIFICATION_DIALECT_H_

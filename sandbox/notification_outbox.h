#ifndef CARDVAULT_SANDBOX_NOTIFICATION_OUTBOX_H_
#define CARDVAULT_SANDBOX_NOTIFICATION_OUTBOX_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "sandbox/clock.h"
#include "sandbox/json_value.h"
#include "sandbox/notification_dialect.h"
#include "sandbox/order_book.h"

namespace cardvault::sandbox {

// A notification that the gateway never sent.
enum class Forgery {
  kSignature,  // signed with another secret
  kForeign,    // in another account's name
  kAmount,     // of another amount
  kStale,      // two days old
};

// What became of a merchant's reply.
struct AcknowledgementResult {
  absl::string_view problem;         // a literal; empty when the reply acknowledges
  std::optional<int64_t> resent_as;  // the number under which the notification is queued again
};

// The notifications of one gateway, numbered from 1 in the order in which they were queued. The
// gateway does not post them: whoever plays the merchant fetches them and hands in the replies.
//
// Thread-safe.
class NotificationOutbox {
 public:
  // Keeps a long load test whose merchant fetches nothing from filling the memory: about 100 MB.
  static constexpr size_t kNotificationCountMax = 100'000;

  // Holds at most `count_max`; then the oldest acknowledged one falls out, else the oldest.
  NotificationOutbox(std::unique_ptr<const NotificationDialect> dialect, ClockMs clock,
                     size_t count_max = kNotificationCountMax);

  // Queues what the gateway tells the merchant when `order` comes to its present state.
  void Tell(const Order& order);

  // Queues a forged notification about `order`.
  void TellForged(const Order& order, Forgery forgery);

  // The notifications whose numbers are greater than `number`, oldest first and at most
  // kPageCountMax, as README.md lists them.
  JsonValue After(int64_t number) const;

  // Takes a merchant's reply to a notification. A reply that does not acknowledge it makes the
  // gateway send it again, once: it is queued under a new number, with a new timestamp and
  // signature. A forged one is not sent again.
  //
  // Returns nothing when there is no notification `number`.
  std::optional<AcknowledgementResult> Acknowledge(int64_t number, const MerchantReply& reply);

  // Sets the counts of README.md in `stats`.
  void AddStats(JsonValue& stats) const;

  // Forgets every notification and count. The numbers go on.
  void Reset();

  // Keeps one answer at about 1 MB.
  static constexpr size_t kPageCountMax = 1000;

 private:
  struct Entry {
    std::string order_id;
    SignedNotification notification;
    bool is_forged = false;
    bool is_acknowledged = false;
    bool is_resent = false;
  };
  struct Counts {
    int64_t notifications = 0;
    int64_t acknowledged = 0;
    int64_t resent = 0;
    int64_t bad_acknowledgements = 0;
    int64_t forged = 0;
    int64_t acknowledged_forgeries = 0;
  };

  void TellState(const Order& order);
  int64_t Queue(Entry entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void DropOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Constant after construction.
  const std::unique_ptr<const NotificationDialect> dialect_;
  const ClockMs clock_;
  const size_t count_max_;

  mutable absl::Mutex mutex_;
  std::map<int64_t, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  std::set<int64_t> acknowledged_ ABSL_GUARDED_BY(mutex_);  // numbers in entries_
  int64_t last_number_ ABSL_GUARDED_BY(mutex_) = 0;
  Counts counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_NOTIFICATION_OUTBOX_H_

#ifndef CARDVAULT_SANDBOX_ORDER_BOOK_H_
#define CARDVAULT_SANDBOX_ORDER_BOOK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "sandbox/json_value.h"

namespace cardvault::sandbox {

// A payment as a gateway remembers it. No card data but the last four digits.
struct Order {
  std::string id;     // the merchant's
  std::string kind;   // the wire word: "sale", "payin", ...
  std::string state;  // the gateway's own status word
  int64_t amount = 0;
  std::string currency;
  std::string customer_id;
  std::string last4;
  std::string error_code;
  std::string error_text;
  std::string reference_id;  // a refund's original, by trace id
  bool has_page = false;     // waits for the cardholder on the 3-D Secure page
  bool cascades = false;     // the next settlement is a new attempt
  int failing_lookups = 0;   // how many look-ups are still answered with HTTP 500
  int lying_lookups = 0;     // how many after these are answered with an untruth
  // Notified too, though the order never comes to it. Empty: nothing is.
  std::string contradicting_state;
  std::optional<int64_t> settled_amount;

  // Set by OrderBook::Book.
  std::string uuid;                // H2H payment_id
  std::vector<int64_t> trace_ids;  // Praxis trace_id of each attempt, oldest first
};

enum class BookResult {
  kBooked,
  kDuplicate,       // the id is taken; nothing changed
  kFull,            // kOrderCountMax is reached
  kNoOriginal,      // reference_id is not the approved attempt of a sale
  kOtherCard,       // the refund's card, if it names one, or currency is not the original's
  kMoreThanIsLeft,  // the refunds would pass the original's amount
};

// Which orders the stats show: at most `count` with ids above `after`, in byte order.
struct OrderRange {
  std::string after;
  size_t count = 0;
};

// The orders of one gateway and the counts of what was sent to it.
//
// Thread-safe.
class OrderBook {
 public:
  // Hears of an order that came to a new state, in the order in which that happened. It is called
  // under the book's lock and must not call the book.
  using Listener = std::function<void(const Order&)>;

  // `approved_state` and `sale_kind` say what can be refunded.
  OrderBook(absl::string_view approved_state, absl::string_view sale_kind, Listener listener);

  // Books `order` unless its id is taken, and completes it with its ids.
  BookResult Book(Order& order);

  std::optional<Order> Find(absl::string_view id) const;

  // As Find, for a merchant's look-up: each takes one from the look-ups that fail or lie, and the
  // answer holds how many there were before.
  std::optional<Order> LookUp(absl::string_view id);
  std::optional<Order> LookUpByTrace(absl::string_view trace_id);

  // Gives a booked order a new state, and a settled amount if there is one. An order that cascades
  // gets a new trace id. Returns false when there is no such order.
  bool Settle(absl::string_view id, absl::string_view state, std::optional<int64_t> settled_amount);

  // Gives an order that waits on the 3-D Secure page the state that the cardholder chose; others
  // stay as they are.
  void DecidePage(absl::string_view id, absl::string_view state);

  // Gives the order whose last attempt is `trace_id` the state `to` if its state is `from`. Returns
  // it as it then is, or nothing when there is no such order.
  std::optional<Order> Advance(absl::string_view trace_id, absl::string_view from,
                               absl::string_view to);

  // Counts a payment request of any merit. `id` may be what could be read of a request that is then
  // refused; what is no id is counted under "(no order id)". The second and later posts of an id
  // are double posts.
  void CountPost(absl::string_view id);

  // Notes how long the gateway took over the last post that was counted under `id`. Ids that stand
  // for no row are ignored.
  void NoteHandling(absl::string_view id, int64_t micros);

  // Counts a refused payment or status request by `reason`, which holds no value of the request.
  void CountRefusal(absl::string_view reason);
  void CountStatusCall();
  void CountRedirectFollowed();

  // The counts, and the orders in `range`, as README.md lists them.
  JsonValue Stats(const OrderRange& range) const;

  // Forgets every order and count.
  void Reset();

  // Keeps a long load test from filling the memory.
  static constexpr size_t kOrderCountMax = 1'000'000;

 private:
  // The payment requests of one order id.
  struct Posts {
    int64_t count = 0;
    std::optional<int64_t> handling_micros;  // of the last
  };
  // What the stats show of one order id.
  struct Row {
    std::string id;
    Posts posts;
    std::optional<Order> order;  // when it is booked
    int64_t refunded = 0;
  };
  struct Counts {
    int64_t posts = 0;
    int64_t double_posts = 0;
    int64_t refused = 0;
    int64_t status_calls = 0;
    int64_t redirects_followed = 0;
    std::map<std::string, int64_t> refusals;
  };

  static JsonValue EntryOf(const Row& row);

  std::vector<Row> RowsOf(const OrderRange& range) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What the live refunds of an order's last attempt take together.
  int64_t RefundedOf(const Order& order) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  BookResult CheckRefund(const Order& refund) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const Order* FindByTraceLocked(absl::string_view trace_id) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<Order> LookUpLocked(absl::string_view id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Enter(Order& order, absl::string_view state) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AddTrace(Order& order) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Constant after construction.
  const std::string approved_state_;
  const std::string sale_kind_;
  const Listener listener_;

  mutable absl::Mutex mutex_;
  std::map<std::string, Order> orders_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> id_by_trace_ ABSL_GUARDED_BY(mutex_);
  // Ids of the refunds of an attempt.
  std::map<std::string, std::vector<std::string>> refunds_by_trace_ ABSL_GUARDED_BY(mutex_);
  int64_t next_trace_id_ ABSL_GUARDED_BY(mutex_) = 752856;
  std::map<std::string, Posts> posts_by_id_ ABSL_GUARDED_BY(mutex_);
  Counts counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault::sandbox

#endif  // CARDVAULT_SANDBOX_ORDER_BOOK_H_

#ifndef CARDVAULT_FORWARDER_STATUS_INQUIRIES_H_
#define CARDVAULT_FORWARDER_STATUS_INQUIRIES_H_

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "audit/audit_leaf.h"
#include "forwarder/ledger/payment_ledger.h"
#include "forwarder/outcome_writer.h"
#include "forwarder/payment_parts.h"

namespace cardvault {

// Status calls of one route under way at once: a route with a thousand payments in doubt is asked
// steadily and not in one burst.
inline constexpr int kMaxInquiriesPerRoute = 16;
// Of these, the ones that merchants and hints may take: they never keep the reconciler away.
inline constexpr int kMaxOthersPerRoute = 8;
// Between two questions about one payment that a merchant's refresh, and that a notification
// without a proof brings about: whoever sends them asks the upstream no more often than that.
inline constexpr absl::Duration kMinRefreshInterval = absl::Seconds(1);
inline constexpr absl::Duration kMinHintInterval = absl::Seconds(5);
// Payments of which the time of the last question is remembered; the oldest are forgotten.
inline constexpr size_t kMaxRememberedInquiries = 10'000;

// Asks upstreams how payments stand, and writes what they say into the ledger. Thread-safe.
class StatusInquiries final {
 public:
  enum class Told {
    kOutcome,   // it is in the ledger, or stood there already
    kNotFound,  // the upstream has no such payment; nothing is written
    kNothing,   // no answer that can be believed, none that says anything, or the route names
                // another account by now
    kNotAsked,  // too early, too many at once, or nobody to ask
  };
  enum class Asker { kReconciler, kRefresh, kHint };
  using Done = absl::AnyInvocable<void(Told) &&>;

  // All must outlive what was begun.
  StatusInquiries(const PaymentParts& parts, OutcomeWriter& outcomes)
      : parts_(parts), outcomes_(outcomes) {}

  // Asks about a payment of which no answer is awaited. `done` runs once, on any thread: kNotAsked
  // at once when it is too early for this asker, the route is gone, or the route is asked as many
  // questions already as this asker may add to. `keep_alive` owns this.
  void Ask(std::shared_ptr<void> keep_alive, StoredPayment payment, const AuditOrigin& origin,
           Asker asker, Done done);

 private:
  class Inquiry;

  // Whether the question may be asked now; then it counts as asked until Leave.
  bool Enter(const std::string& route, const std::string& row_key, Asker asker);
  void Leave(const std::string& route);

  const PaymentParts& parts_;
  OutcomeWriter& outcomes_;

  absl::Mutex mutex_;
  std::map<std::string, int> under_way_ ABSL_GUARDED_BY(mutex_);  // by route
  std::map<std::string, absl::Time> last_asked_ ABSL_GUARDED_BY(mutex_);
  std::multimap<absl::Time, std::string> by_time_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_STATUS_INQUIRIES_H_

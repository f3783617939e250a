#ifndef CARDVAULT_FORWARDER_RECONCILER_H_
#define CARDVAULT_FORWARDER_RECONCILER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "forwarder/ledger/payment_ledger.h"
#include "forwarder/outcome_writer.h"
#include "forwarder/payment_parts.h"
#include "forwarder/reconcile_settings.h"
#include "forwarder/route_book.h"
#include "forwarder/status_inquiries.h"

namespace cardvault {

// How often open payments are looked through: a fifth of the shortest wait that a route has, in
// these bounds. A look goes over the rows of payments that just ended as well, until the store lets
// go of them: ten a second would cost a busy server an eighth of its time.
inline constexpr absl::Duration kShortestLookWait = absl::Milliseconds(100);
inline constexpr absl::Duration kLongestLookWait = absl::Seconds(1);
inline constexpr int kLooksPerWait = 5;
// Rows of open payments in one look; the next rows have theirs after the shortest wait: a hundred
// thousand are gone through in ten seconds.
inline constexpr size_t kOpenRowsPerLook = 1'000;
// Open payments that are watched at once, about 200 bytes each; further ones wait for a place.
inline constexpr size_t kMaxWatchedPayments = 100'000;

// From one look to the next with these routes.
absl::Duration LookWait(const std::vector<RouteInForce>& routes);

// Owns every payment whose state is not final, across restarts, because it works from the ledger's
// open rows alone: asks the upstream after the times of the payment's route, and again with growing
// waits, until the payment has an end.
//
// "Not found" ends a payment as NOT_RECEIVED only when the upstream said it twice, apart by the
// route's interval, after the time from which it counts there. What is open for too long is marked
// for a person and asked about all the same. Thread-safe.
class Reconciler final {
 public:
  // All must outlive the reconciler and what it began.
  Reconciler(const PaymentParts& parts, StatusInquiries& inquiries, OutcomeWriter& outcomes)
      : parts_(parts), inquiries_(inquiries), outcomes_(outcomes) {}
  ~Reconciler();  // Stop()

  // Begins to look at open payments again and again, on a thread of its own, also after Stop.
  // `keep_alive` owns what the questions need. Start and Stop are one thread's at a time.
  void Start(std::weak_ptr<void> keep_alive);

  // Ends the thread; questions on their way end by themselves. Idempotent.
  void Stop();

  // One look at the next rows, for Start and for tests.
  absl::Status LookAtNext(const std::shared_ptr<void>& keep_alive);

  // Questions that were asked since the start.
  int64_t asked_count() const { return asked_count_.load(); }

 private:
  // What is remembered of an open payment between two looks. After a restart all of it is gone, and
  // begins anew.
  struct Watch {
    int64_t update_micros = 0;  // of the record that `next` was computed for
    absl::Time next;
    int asked = 0;
    bool is_asking = false;
    std::optional<absl::Time> first_not_found;
    uint64_t round = 0;  // in which its row was last seen
  };

  struct Due {
    StoredPayment payment;
    ReconcileSettings settings;
    absl::Duration total_timeout;  // of the route
  };

  void Run(std::weak_ptr<void> keep_alive);
  // Looks at one row; the payment when it is to be asked about now.
  absl::StatusOr<std::optional<Due>> Look(const PaymentLedger::OpenPayment& open);
  void Ask(const std::shared_ptr<void>& keep_alive, Due due);
  void Answered(const Due& due, StatusInquiries::Told told);
  void MarkForReview(const StoredPayment& payment);
  void EndAsNotReceived(const StoredPayment& payment);
  absl::Duration Wait(const Watch& watch, absl::Duration first, absl::Duration longest)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const PaymentParts& parts_;
  StatusInquiries& inquiries_;
  OutcomeWriter& outcomes_;
  std::atomic<int64_t> asked_count_ = 0;

  absl::Mutex mutex_;
  std::map<std::string, Watch> watches_ ABSL_GUARDED_BY(mutex_);  // by row key
  std::minstd_rand jitter_ ABSL_GUARDED_BY(mutex_){std::random_device()()};
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  // The looking thread's.
  std::string cursor_;
  uint64_t round_ = 1;

  std::thread thread_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_RECONCILER_H_

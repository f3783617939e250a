#ifndef CARDVAULT_FORWARDER_ATTEMPT_TABLE_H_
#define CARDVAULT_FORWARDER_ATTEMPT_TABLE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/id.h"
#include "forwarder/escrow/cvv_escrow.h"

namespace cardvault {

// Payments of one merchant that may be under way at once: a quarter of what the network loop
// carries (HttpsLimits::max_transfers), so that no merchant's slow upstream takes it from the
// others. At an upstream that answers within 2 s it is 256 payments a second.
inline constexpr int kMaxAttemptsPerMerchant = 512;

// The payments that are under way in this process, from before the intent's commit until the
// outcome's, by a name that all callers for one have in common. Callers with one payment_id at the
// same time share one entry and the one CVV that it leased: all of them may ask for the intent, the
// ledger lets one through, and that one takes the CVV along. Thread-safe.
class AttemptTable final {
 public:
  using Lease = absl::StatusOr<std::optional<CvvLease>>;

  // Enters a caller. The first of an entry runs `lease`, whose error is returned; others share its
  // lease when they have the same `terms` (token, deposit, route and its rule). ABORTED
  // (IN_PROGRESS) when they have not, or the payment is being sent. RESOURCE_EXHAUSTED (LIMIT) when
  // kMaxAttemptsPerMerchant are under way.
  absl::Status Enter(const MerchantId& merchant, const std::string& payment,
                     const std::string& terms, absl::FunctionRef<Lease()> lease);

  // The caller's intent was committed: it sends, with the CVV if there is one.
  std::optional<CvvLease> BeginSending(const std::string& payment);

  // The caller's intent was not committed. The last one to leave gives the CVV back.
  void Leave(const std::string& payment);

  // What was sent, or could have been, is settled in the ledger.
  void EndSending(const std::string& payment);

  int64_t size() const;

 private:
  enum class Stage { kEntering, kSending, kSent };
  struct Entry {
    Stage stage = Stage::kEntering;
    std::string merchant;
    int callers = 0;  // between Enter and BeginSending or Leave
    std::string terms;
    std::optional<CvvLease> lease;
  };

  void EraseIfOver(const std::string& payment) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  // How many entries each merchant has; those that have none are not in it.
  std::map<std::string, int> counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ATTEMPT_TABLE_H_

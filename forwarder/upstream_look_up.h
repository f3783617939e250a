#ifndef CARDVAULT_FORWARDER_UPSTREAM_LOOK_UP_H_
#define CARDVAULT_FORWARDER_UPSTREAM_LOOK_UP_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/id.h"
#include "forwarder/ledger/payment_outcome.h"
#include "forwarder/look_up_targets.h"
#include "forwarder/payment_parts.h"
#include "forwarder/sent_payment.h"

namespace cardvault {

// Look-ups that ask one account at once: at an upstream that answers within half a second, 128 new
// payments a second. Beside the questions of StatusInquiries, of which reconciler and merchants
// would have none left otherwise.
inline constexpr int kMaxLookUpsPerAccount = 64;
// Of these, one merchant's: an account that several share is never asked by one of them alone.
inline constexpr int kMaxLookUpsPerMerchant = 32;

// After a restore the ledger may have forgotten payments that were sent: for a time what it does
// not know, or knows as not sent, is looked up upstream before it is sent. Thread-safe.
class UpstreamLookUp final {
 public:
  struct Answer {
    std::string asked;                    // NameOf the targets
    std::optional<PaymentOutcome> found;  // nullopt: none of them has it
    std::string reference;                // of the order that was found
  };
  using Done = absl::AnyInvocable<void(absl::StatusOr<Answer>) &&>;

  explicit UpstreamLookUp(const PaymentParts& parts) : parts_(parts) {}  // must outlive this

  // Until when, in a store that was admitted at `admitted`: what another copy of it had sent by
  // then may be on its way for a while. The past, as at first: nothing is looked up.
  void Set(absl::Time admitted, absl::Time until) ABSL_LOCKS_EXCLUDED(mutex_);
  bool IsWanted() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Asks the targets one after the other, each with every request that its connector has for that,
  // until one has the payment, or one does not say. `done` runs once, on any thread. `keep_alive`
  // owns this. ALREADY_EXISTS (PAYMENT_ID_REUSED) when it is found where it is another payment;
  // UNAVAILABLE (LOOK_UP_FAILED) when a target does not say in an answer that can be believed
  // whether it has it, or says that it has not before that counts (NotFoundCountsFrom, as if it had
  // been sent when the store was admitted); RESOURCE_EXHAUSTED (LIMIT) when an account is asked as
  // much as it may be.
  void Ask(std::shared_ptr<void> keep_alive, const MerchantId& merchant,
           std::vector<LookUpTarget> targets, SentPayment sent, Done done);

 private:
  class Question;

  // Whether the account may be asked one more; then it counts until Leave.
  bool Enter(const std::string& account, const MerchantId& merchant) ABSL_LOCKS_EXCLUDED(mutex_);
  void Leave(const std::string& account, const MerchantId& merchant) ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether what the route's upstream answers to a question of now counts as "not found".
  bool NotFoundCounts(const Route& route) const ABSL_LOCKS_EXCLUDED(mutex_);

  const PaymentParts& parts_;

  mutable absl::Mutex mutex_;
  absl::Time admitted_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Time until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  // Under way, by account, and by account and merchant; what has none is not in it.
  std::map<std::string, int> accounts_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<std::string, std::string>, int> merchants_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_UPSTREAM_LOOK_UP_H_

#ifndef CARDVAULT_FORWARDER_INTENT_WITHDRAWAL_H_
#define CARDVAULT_FORWARDER_INTENT_WITHDRAWAL_H_

#include <memory>

#include "audit/audit_leaf.h"
#include "forwarder/delayed_work.h"
#include "forwarder/ledger/payment_ledger.h"
#include "forwarder/outcome_writer.h"
#include "forwarder/payment_parts.h"
#include "vault/commit/write_set.h"

namespace cardvault {

// Where the medium failed before it said whether it had an intent, the intent may be in the ledger
// although its caller was refused and nothing was sent. This finds out once the store works again:
// an intent that is there becomes NOT_SENT, so that the id can be used; one that is not there is
// an audit entry and no more. A restart before that makes it IN_DOUBT.
class IntentWithdrawal final : public std::enable_shared_from_this<IntentWithdrawal> {
 public:
  // `intent` is what the failed set would have put; `conditions` those of its preconditions that
  // say that it is not there. `keep_alive` owns the outcome writer and the delayed work.
  static void Start(const PaymentParts& parts, OutcomeWriter& outcomes, DelayedWork& delayed,
                    std::shared_ptr<void> keep_alive, StoredPayment intent,
                    std::vector<Precondition> conditions, AuditOrigin origin);

 private:
  IntentWithdrawal(const PaymentParts& parts, OutcomeWriter& outcomes, DelayedWork& delayed,
                   std::shared_ptr<void> keep_alive, StoredPayment intent,
                   std::vector<Precondition> conditions, AuditOrigin origin);

  void Try();
  void TryLater();
  void Completed(CommitResult result);
  void MarkNotSent();

  const PaymentParts& parts_;
  OutcomeWriter& outcomes_;
  DelayedWork& delayed_;
  const std::shared_ptr<void> keep_alive_;
  const StoredPayment intent_;
  const std::vector<Precondition> conditions_;
  const AuditOrigin origin_;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_INTENT_WITHDRAWAL_H_

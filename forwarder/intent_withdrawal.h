#ifndef CARDVAULT_FORWARDER_INTENT_WITHDRAWAL_H_
#define CARDVAULT_FORWARDER_INTENT_WITHDRAWAL_H_

#include <atomic>
#include <cstdint>
#include <memory>

#include "audit/audit_leaf.h"
#include "forwarder/delayed_work.h"
#include "forwarder/ledger/payment_ledger.h"
#include "forwarder/outcome_writer.h"
#include "forwarder/payment_parts.h"
#include "vault/commit/write_set.h"

namespace cardvault {

// While so many are open no new intent is begun: the store is broken, and each failure of it would
// add one more that asks it again. So many fit into one batch of the commit pipeline.
//
// None is ever dropped. One that were would leave an intent, if it was written, without anyone who
// ends it: its payment_id would be IN_PROGRESS until a restart makes it IN_DOUBT, although it is
// known that nothing was sent.
inline constexpr int kMaxOpenWithdrawals = 1024;

// Where the medium failed before it said whether it had an intent, the intent may be in the ledger
// although its caller was refused and nothing was sent. A withdrawal finds out once the store works
// again: an intent that is there becomes NOT_SENT, so that the id can be used; one that is not
// there is an audit entry and no more. A restart before that makes it IN_DOUBT. Thread-safe.
class IntentWithdrawals final {
 public:
  // All must outlive what was begun.
  IntentWithdrawals(const PaymentParts& parts, OutcomeWriter& outcomes, DelayedWork& delayed)
      : parts_(parts), outcomes_(outcomes), delayed_(delayed) {}

  // `intent` is what the failed set would have put; `not_there` that of its preconditions which
  // says that it is not there. `keep_alive` owns this.
  void Begin(std::shared_ptr<void> keep_alive, StoredPayment intent, Precondition not_there,
             AuditOrigin origin);

  // Whether kMaxOpenWithdrawals are open. Those that ask at the same time may all be told no: there
  // are a few more then, as many as intents are on their way.
  bool AreTooMany() const { return open_count_.load() >= kMaxOpenWithdrawals; }

 private:
  class Withdrawal;

  const PaymentParts& parts_;
  OutcomeWriter& outcomes_;
  DelayedWork& delayed_;
  std::atomic<int> open_count_ = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_INTENT_WITHDRAWAL_H_

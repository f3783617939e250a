#ifndef CARDVAULT_TESTS_TORTURE_PAYER_H_
#define CARDVAULT_TESTS_TORTURE_PAYER_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "cardvault/v1/payment_service.pb.h"
#include "tests/torture/arena.h"
#include "tests/torture/finding.h"
#include "tests/torture/payment_history.h"
#include "tests/torture/schedule.h"

namespace cardvault::torture {

// The merchant's application of one run, and the gateways' side of what it plans: does operations,
// over a server that may be killed under each of them. Thread-safe, but for TokenizeCards.
class Payer final {
 public:
  // All must outlive it.
  Payer(Arena& arena, const Schedule& schedule, PaymentHistory& history, Findings& findings);

  // A card and, for a pay-in, a CVV for every payment. Before the first operation.
  void TokenizeCards();

  void Do(const Operation& operation);

  // Lets the gateways settle what they were to settle and had not booked yet.
  void SettleTheRest();

  // After a restore, over gateways that can be reached: pays every payment again under its id, as a
  // merchant does who does not know what was forgotten. Refunds come after what they refund.
  void RepeatAll();

  // Whether somebody forges notifications of this payment in the run.
  bool IsForged(const std::string& id) const;

  // The run's payments as the ledger has them, by id; each is noted in the history. Nothing when
  // the server does not answer.
  std::optional<std::map<std::string, v1::Payment>> ReadLedger();

 private:
  // The outcome of one call.
  struct Answer {
    bool ok = false;
    std::string reason;  // "" when not ok: nobody answered
    v1::Payment payment;
  };

  Answer Send(const PlannedPayment& payment, absl::Duration patience);
  // Leaves it to a later call when so many times nothing was sent.
  void Pay(const PlannedPayment& payment, int max_not_sent);
  void ProvideCvv(const PlannedPayment& payment);
  void Read(const PlannedPayment& payment, bool refresh);
  void Settle(const PlannedPayment& payment);
  void Forge(const PlannedPayment& payment, const std::string& forgery);

  Arena& arena_;
  const Schedule& schedule_;
  PaymentHistory& history_;
  Findings& findings_;
  std::map<std::string, std::string> tokens_;  // by payment id; constant after TokenizeCards
  std::set<std::string> forged_;               // constant after construction
  absl::Mutex mutex_;
  std::set<std::string> settled_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_PAYER_H_

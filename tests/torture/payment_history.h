#ifndef CARDVAULT_TESTS_TORTURE_PAYMENT_HISTORY_H_
#define CARDVAULT_TESTS_TORTURE_PAYMENT_HISTORY_H_

#include <map>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "cardvault/v1/payment_service.pb.h"
#include "tests/torture/finding.h"

namespace cardvault::torture {

// What the callers were told of each payment, in the order in which they were told. A call that
// begins after another one's answer must not be told less. Thread-safe.
class PaymentHistory final {
 public:
  // What was known before a call; default: nothing.
  struct Known {
    v1::PaymentState state = v1::PAYMENT_STATE_UNSPECIFIED;
    int attempt = 0;
    int life = 0;  // of the ledger
  };

  // `findings` outlives it.
  explicit PaymentHistory(Findings& findings) : findings_(findings) {}

  // To be taken before a call about the payment.
  Known Before(const std::string& id) const;

  // What the call was told then.
  void Told(const Known& before, const v1::Payment& payment);
  void ToldNotFound(const Known& before, const std::string& id);

  // The ledger is an earlier one from now on: callers may be told less than before, once.
  void Forget();
  bool HasForgotten() const;

  // The payments of which a caller got to know that they are recorded, ever.
  std::set<std::string> Acknowledged() const;

 private:
  Findings& findings_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Known> known_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> acknowledged_ ABSL_GUARDED_BY(mutex_);
  int life_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Whether a payment that was in one state may be in another one later; several moves may lie
// between. Written from the promise (payment_service.proto), not from the ledger's code.
bool MayFollow(v1::PaymentState earlier, v1::PaymentState later);

}  // namespace cardvault::torture

#endif  // CARDVAULT_TESTS_TORTURE_PAYMENT_HISTORY_H_

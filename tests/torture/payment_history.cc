#include "tests/torture/payment_history.h"

#include "absl/strings/str_cat.h"

namespace cardvault::torture {

bool MayFollow(v1::PaymentState earlier, v1::PaymentState later) {
  if (earlier == later) return true;
  const bool is_final =
      later == v1::PAYMENT_STATE_APPROVED || later == v1::PAYMENT_STATE_DECLINED ||
      later == v1::PAYMENT_STATE_CANCELLED || later == v1::PAYMENT_STATE_REJECTED ||
      later == v1::PAYMENT_STATE_NOT_RECEIVED;
  switch (earlier) {
    case v1::PAYMENT_STATE_UNSPECIFIED:
    case v1::PAYMENT_STATE_PENDING:
    case v1::PAYMENT_STATE_NOT_SENT:  // another attempt
      return true;
    case v1::PAYMENT_STATE_IN_DOUBT:
      return later != v1::PAYMENT_STATE_NOT_SENT;
    case v1::PAYMENT_STATE_REDIRECT_REQUIRED:
      return is_final || later == v1::PAYMENT_STATE_AUTHORIZED;
    case v1::PAYMENT_STATE_AUTHORIZED:
      return is_final;
    default:
      return false;
  }
}

PaymentHistory::Known PaymentHistory::Before(const std::string& id) const {
  absl::MutexLock lock(&mutex_);
  const auto known = known_.find(id);
  Known before = known == known_.end() ? Known() : known->second;
  before.life = life_;
  return before;
}

void PaymentHistory::Told(const Known& before, const v1::Payment& payment) {
  const bool sent_again = before.attempt > 0 && payment.attempt() > before.attempt;
  if (sent_again && !MayFollow(before.state, v1::PAYMENT_STATE_NOT_SENT)) {
    findings_.AddWrong(absl::StrCat(payment.payment_id(), " was ",
                                    v1::PaymentState_Name(before.state), " and was sent again"));
  } else if (!MayFollow(before.state, payment.state()) || payment.attempt() < before.attempt) {
    findings_.AddWrong(absl::StrCat(payment.payment_id(), " moved backwards: it was ",
                                    v1::PaymentState_Name(before.state), " and then ",
                                    v1::PaymentState_Name(payment.state())));
  }
  absl::MutexLock lock(&mutex_);
  acknowledged_.insert(payment.payment_id());
  if (before.life != life_) return;  // an answer of the ledger that is lost
  // A slower call may be told older things than one that began with it.
  Known& known = known_[payment.payment_id()];
  const bool newer =
      payment.attempt() > known.attempt ||
      (payment.attempt() == known.attempt && MayFollow(known.state, payment.state()) &&
       !MayFollow(payment.state(), known.state));
  if (newer || known.attempt == 0) known = {payment.state(), payment.attempt(), life_};
}

void PaymentHistory::ToldNotFound(const Known& before, const std::string& id) {
  if (before.attempt == 0) return;
  findings_.AddLost(
      absl::StrCat(id, " was ", v1::PaymentState_Name(before.state), " and is not in the ledger"));
}

void PaymentHistory::Forget() {
  absl::MutexLock lock(&mutex_);
  known_.clear();
  ++life_;
}

bool PaymentHistory::HasForgotten() const {
  absl::MutexLock lock(&mutex_);
  return life_ > 0;
}

std::set<std::string> PaymentHistory::Acknowledged() const {
  absl::MutexLock lock(&mutex_);
  return acknowledged_;
}

}  // namespace cardvault::torture

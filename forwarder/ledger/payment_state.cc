#include "forwarder/ledger/payment_state.h"

#include "base/protections.h"

namespace cardvault {
namespace {

// The place of a state in the order; the final ones share the last.
int RankOf(PaymentState state) {
  switch (state) {
    case PaymentState::kPending:
      return 1;
    case PaymentState::kRedirectRequired:
      return 2;
    case PaymentState::kAuthorized:
      return 3;
    default:
      return 4;
  }
}

}  // namespace

absl::string_view PaymentKindName(PaymentKind kind) {
  switch (kind) {
    case PaymentKind::kPayIn:
      return "pay_in";
    case PaymentKind::kPayOut:
      return "pay_out";
    case PaymentKind::kRefund:
      return "refund";
  }
  return "";
}

bool IsPaymentState(uint32_t number) { return number >= 1 && number <= kLastPaymentState; }

absl::string_view PaymentStateName(PaymentState state) {
  switch (state) {
    case PaymentState::kPending:
      return "PENDING";
    case PaymentState::kRedirectRequired:
      return "REDIRECT_REQUIRED";
    case PaymentState::kAuthorized:
      return "AUTHORIZED";
    case PaymentState::kApproved:
      return "APPROVED";
    case PaymentState::kDeclined:
      return "DECLINED";
    case PaymentState::kCancelled:
      return "CANCELLED";
    case PaymentState::kRejected:
      return "REJECTED";
    case PaymentState::kNotSent:
      return "NOT_SENT";
    case PaymentState::kNotReceived:
      return "NOT_RECEIVED";
    case PaymentState::kInDoubt:
      return "IN_DOUBT";
  }
  return "";
}

absl::string_view SafeForLog(PaymentState state) { return PaymentStateName(state); }

bool IsFinal(PaymentState state) {
  switch (state) {
    case PaymentState::kApproved:
    case PaymentState::kDeclined:
    case PaymentState::kCancelled:
    case PaymentState::kRejected:
    case PaymentState::kNotReceived:
      return true;
    default:
      return false;
  }
}

bool MayHaveMovedMoney(PaymentState state) {
  return state == PaymentState::kApproved || IsOpen(state);
}

bool IsOpen(PaymentState state) { return !IsFinal(state) && state != PaymentState::kNotSent; }

bool CanMove(PaymentState from, PaymentState to) {
  if (from == to) return false;
  if (ProtectionIsOff(Protection::kForwardOnly)) return true;
  if (IsFinal(from)) return false;
  if (from == PaymentState::kNotSent) return to == PaymentState::kPending;
  if (to == PaymentState::kNotSent || to == PaymentState::kInDoubt) {
    return from == PaymentState::kPending;
  }
  if (from == PaymentState::kInDoubt) return true;
  return RankOf(to) > RankOf(from);
}

}  // namespace cardvault

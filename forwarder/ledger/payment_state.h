#ifndef CARDVAULT_FORWARDER_LEDGER_PAYMENT_STATE_H_
#define CARDVAULT_FORWARDER_LEDGER_PAYMENT_STATE_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace cardvault {

// The API's numbers (PaymentKind, PaymentState, PaymentAction in payment_service.proto); stored.
enum class PaymentKind : uint32_t { kPayIn = 1, kPayOut = 2, kRefund = 3 };

enum class PaymentState : uint32_t {
  kPending = 1,
  kRedirectRequired = 2,
  kAuthorized = 3,
  kApproved = 4,
  kDeclined = 5,
  kCancelled = 6,
  kRejected = 7,     // the upstream refused the request: no payment exists there
  kNotSent = 8,      // proved that nothing left; may be sent again under the same id
  kNotReceived = 9,  // proved that the upstream has none
  kInDoubt = 10,
};

enum class PaymentAction : uint32_t { kNone = 0, kMerchantApproval = 1 };

inline constexpr uint32_t kLastPaymentState = 10;

// "pay_in", "pay_out", "refund".
absl::string_view PaymentKindName(PaymentKind kind);

// True for the numbers of the enum.
bool IsPaymentState(uint32_t number);

// "REDIRECT_REQUIRED".
absl::string_view PaymentStateName(PaymentState state);
absl::string_view SafeForLog(PaymentState state);

// Money that moved, or may have or may still: what counts against the amount of a refund's
// original. False only for what is proved not to have: DECLINED, CANCELLED, REJECTED, NOT_SENT,
// NOT_RECEIVED.
bool MayHaveMovedMoney(PaymentState state);

// The state can never change again: APPROVED, DECLINED, CANCELLED, REJECTED, NOT_RECEIVED.
bool IsFinal(PaymentState state);

// Somebody must still find out how the payment ended: all but the final states and NOT_SENT, of
// which nothing is upstream to ask for.
bool IsOpen(PaymentState state);

// Forward only: PENDING < REDIRECT_REQUIRED < AUTHORIZED < final. NOT_SENT and IN_DOUBT can only
// follow PENDING, and of IN_DOUBT anything that is known comes. NOT_SENT goes back to PENDING when
// the payment is sent again. The diagram is in docs/formats/payment_record.md.
bool CanMove(PaymentState from, PaymentState to);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_LEDGER_PAYMENT_STATE_H_

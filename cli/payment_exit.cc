#include "cli/payment_exit.h"

#include "cli/session.h"

namespace cardvault::cli {

int PaymentExitCode(v1::PaymentState state) {
  switch (state) {
    case v1::PAYMENT_STATE_APPROVED:
    case v1::PAYMENT_STATE_AUTHORIZED:
    case v1::PAYMENT_STATE_REDIRECT_REQUIRED:
    case v1::PAYMENT_STATE_PENDING:
      return kOk;
    case v1::PAYMENT_STATE_DECLINED:
    case v1::PAYMENT_STATE_REJECTED:
    case v1::PAYMENT_STATE_CANCELLED:
    case v1::PAYMENT_STATE_NOT_RECEIVED:
      return kNotCharged;
    case v1::PAYMENT_STATE_NOT_SENT:
      return kNotSent;
    default:  // and what a newer server may say
      return kUndecided;
  }
}

}  // namespace cardvault::cli

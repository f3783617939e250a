#ifndef CARDVAULT_CLI_PAYMENT_EXIT_H_
#define CARDVAULT_CLI_PAYMENT_EXIT_H_

#include "cardvault/v1/payment_service.pb.h"

namespace cardvault::cli {

// The exit code of a payment for the state it was answered: a script must not take a declined
// payment for a paid one.
int PaymentExitCode(v1::PaymentState state);

}  // namespace cardvault::cli

#endif  // CARDVAULT_CLI_PAYMENT_EXIT_H_

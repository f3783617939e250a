#ifndef CARDVAULT_FORWARDER_ESCROW_TEST_DEPOSIT_H_
#define CARDVAULT_FORWARDER_ESCROW_TEST_DEPOSIT_H_

#include <string>

#include "base/id.h"
#include "card/token.h"
#include "forwarder/escrow/cvv_escrow.h"

namespace cardvault {

// Deposits a code for a test of the payment flow, which cannot name one; returns the cvv_id.
std::string DepositTestCvv(CvvEscrow& escrow, const MerchantId& merchant, const Token& token);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_ESCROW_TEST_DEPOSIT_H_

#include "forwarder/escrow/test_deposit.h"

#include "card/brand.h"
#include "card/sad/cvv.h"

namespace cardvault {

std::string DepositTestCvv(CvvEscrow& escrow, const MerchantId& merchant, const Token& token) {
  return escrow.Deposit(merchant, token, *Cvv::Parse("568", Brand::kVisa))->cvv_id;
}

}  // namespace cardvault

#ifndef CARDVAULT_VAULT_RECORDS_REUSE_H_
#define CARDVAULT_VAULT_RECORDS_REUSE_H_

namespace cardvault {

// When an earlier token of the same card is answered in place of a new one. A token takes part in
// the reuse it was made with and in no other. The API's numbers; stored.
enum class Reuse { kCustomer = 1, kMerchant = 2, kNone = 3 };

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RECORDS_REUSE_H_

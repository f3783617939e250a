#ifndef CARDVAULT_KEYS_CUSTODY_CUSTODY_KEK_PROVIDER_H_
#define CARDVAULT_KEYS_CUSTODY_CUSTODY_KEK_PROVIDER_H_

#include <memory>

#include "keys/custody/custody_record.h"
#include "keys/kek_provider.h"

namespace cardvault {

class KeyMaterial;

// The provider "custody": a KEK that rests in its custodians' shares alone and stands in the key
// heap while the vault is unsealed. Wraps with AES-256-GCM as the file provider does, under a
// label of its own (docs/formats/custodian_share.md). Its record_digest is that of `record`: who
// holds the shares is bound to what the KEK wraps.
std::unique_ptr<KekProvider> NewCustodyKekProvider(const std::shared_ptr<const KeyMaterial>& kek,
                                                   const CustodyRecord& record);

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_CUSTODY_CUSTODY_KEK_PROVIDER_H_

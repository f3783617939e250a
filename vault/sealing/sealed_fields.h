#ifndef CARDVAULT_VAULT_SEALING_SEALED_FIELDS_H_
#define CARDVAULT_VAULT_SEALING_SEALED_FIELDS_H_

#include "cardvault/storage/v1/card_record.pb.h"
#include "vault/sealing/card_sealer.h"

namespace cardvault {

// Between a record's sealed fields and what CardSealer takes and gives. Thread-safe.
SealedBytes SealedPanOf(const storage::v1::CardRecord& record);
SealedBytes SealedProfileOf(const storage::v1::CardRecord& record);
void PutSealedPan(SealedBytes sealed, storage::v1::CardRecord& record);
void PutSealedProfile(SealedBytes sealed, storage::v1::CardRecord& record);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_SEALING_SEALED_FIELDS_H_

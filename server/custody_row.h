#ifndef CARDVAULT_SERVER_CUSTODY_ROW_H_
#define CARDVAULT_SERVER_CUSTODY_ROW_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "keys/custody/custody_record.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// The custody record as it rests: table keys, row "custody" (docs/formats/custodian_share.md).
struct StoredCustody {
  CustodyRecord record;
  uint64_t revision = 0;
};

// nullopt when the vault's KEK was never in custody. Errors as ParseCustodyRecord and Engine::Get.
absl::StatusOr<std::optional<StoredCustody>> ReadCustody(const Engine& engine);

// Takes the record away that was read, if there was one, for the KEK in use is in custody no more.
// Without entries: the caller adds them.
WriteSet NoCustodySet(const std::optional<StoredCustody>& before);

// Puts a record in the place of the one that was read, or of none. Without entries: the caller
// adds them.
WriteSet CustodySet(const CustodyRecord& record, const std::optional<StoredCustody>& before);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_CUSTODY_ROW_H_

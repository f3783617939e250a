#ifndef CARDVAULT_KEYS_KEYRING_STORE_H_
#define CARDVAULT_KEYS_KEYRING_STORE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "keys/keyring_change.h"

namespace cardvault {

// Where the keyring document rests. `keys` knows nothing of databases: the vault implements this,
// with the audit entry of the new revision in the same commit. Calls block. Thread-safe.
class KeyringStore {
 public:
  virtual ~KeyringStore() = default;

  // nullopt when the vault has no keyring yet.
  virtual absl::StatusOr<std::optional<std::string>> Load() = 0;

  // The newest keyring revision that the audit log has: an older document was put back.
  virtual absl::StatusOr<uint64_t> LastAuditedRevision() = 0;

  // Replaces the document of revision `new_revision` - 1 (absent when `new_revision` is 1) by
  // this one, which makes `change`. ABORTED (REVISION) when another writer was there first.
  virtual absl::Status Save(absl::string_view document, uint64_t new_revision,
                            const KeyringChange& change) = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_KEYRING_STORE_H_

#ifndef CARDVAULT_REENCRYPTION_CREDENTIAL_MOVER_H_
#define CARDVAULT_REENCRYPTION_CREDENTIAL_MOVER_H_

#include <string>

#include "absl/status/statusor.h"
#include "keys/keyring.h"
#include "reencryption/row_mover.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Seals the credentials of routes anew. Thread-safe.
class CredentialMover final : public RowMover {
 public:
  const RowRange& range() const override { return range_; }
  absl::StatusOr<bool> Move(const Keyring& keyring, const KeyedRow& row,
                            WriteSet& set) const override;
  std::string ObjectOf(const KeyedRow& row) const override;

 private:
  const RowRange range_{Table::kCredentials, "", ""};
};

}  // namespace cardvault

#endif  // CARDVAULT_REENCRYPTION_CREDENTIAL_MOVER_H_

#ifndef CARDVAULT_REENCRYPTION_SEALED_FIELD_MOVER_H_
#define CARDVAULT_REENCRYPTION_SEALED_FIELD_MOVER_H_

#include <string>

#include "absl/status/statusor.h"
#include "card/vault_mode.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "reencryption/row_mover.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Seals one field of card records anew. The PAN is opened inside vault/sealing and does not come
// out. Thread-safe.
class SealedFieldMover final : public RowMover {
 public:
  // `purpose`: kPan or kProfile.
  SealedFieldMover(KeyPurpose purpose, VaultMode mode);

  const RowRange& range() const override { return range_; }
  absl::StatusOr<bool> Move(const Keyring& keyring, const KeyedRow& row,
                            WriteSet& set) const override;
  std::string ObjectOf(const KeyedRow& row) const override;

 private:
  const KeyPurpose purpose_;
  const VaultMode mode_;
  const RowRange range_;
};

}  // namespace cardvault

#endif  // CARDVAULT_REENCRYPTION_SEALED_FIELD_MOVER_H_

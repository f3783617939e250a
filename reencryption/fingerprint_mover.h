#ifndef CARDVAULT_REENCRYPTION_FINGERPRINT_MOVER_H_
#define CARDVAULT_REENCRYPTION_FINGERPRINT_MOVER_H_

#include <string>

#include "absl/status/statusor.h"
#include "card/vault_mode.h"
#include "keys/keyring.h"
#include "reencryption/row_mover.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Re-keys the fingerprint index, pointer by pointer. The PAN comes from a card of the fingerprint;
// it is the right one when it gives the row's own key under the row's own version, and only then
// does the row move. Thread-safe.
class FingerprintMover final : public RowMover {
 public:
  FingerprintMover(const Engine& engine, VaultMode mode);  // `engine` must outlive this

  const RowRange& range() const override { return range_; }
  absl::StatusOr<bool> Move(const Keyring& keyring, const KeyedRow& row,
                            WriteSet& set) const override;
  std::string ObjectOf(const KeyedRow& row) const override;

 private:
  const Engine& engine_;
  const VaultMode mode_;
  const RowRange range_;
};

}  // namespace cardvault

#endif  // CARDVAULT_REENCRYPTION_FINGERPRINT_MOVER_H_

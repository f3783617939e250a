#ifndef CARDVAULT_REENCRYPTION_INDEX_ROW_MOVER_H_
#define CARDVAULT_REENCRYPTION_INDEX_ROW_MOVER_H_

#include <string>

#include "absl/status/statusor.h"
#include "card/vault_mode.h"
#include "keys/keyring.h"
#include "reencryption/row_mover.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Moves the rows of one kind that stand under the row-index key: of cards in table token_index
// (IndexKeys), of payments in table payments (PaymentIndex). Thread-safe.
class IndexRowMover final : public RowMover {
 public:
  // `engine` must outlive this.
  IndexRowMover(const Engine& engine, VaultMode mode, Table table, char kind);

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

#endif  // CARDVAULT_REENCRYPTION_INDEX_ROW_MOVER_H_

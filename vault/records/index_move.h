#ifndef CARDVAULT_VAULT_RECORDS_INDEX_MOVE_H_
#define CARDVAULT_VAULT_RECORDS_INDEX_MOVE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "card/token.h"
#include "card/vault_mode.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"
#include "vault/row_keys.h"

namespace cardvault {

// The token of a row of table token_index that IndexKeys::IsKeyed: of the card that it lists, or
// that its reuse slot names. DATA_LOSS when the row names none. Thread-safe.
absl::StatusOr<Token> TokenOfIndexRow(VaultMode mode, const KeyedRow& row);

// Puts into `set` what moves such a row, which stands under `earlier`, to where `active` has it,
// with the conditions under which it may. Whom the row is of, its card's record says; it is the
// right one when `earlier` gives the row's own key for it, and only then does the row move. Errors,
// with nothing in `set`: DATA_LOSS for a row that is no live card's, or has its like under `active`
// already; ABORTED (IN_PROGRESS) when that is because another call changes the card right now.
// Thread-safe.
absl::Status AppendIndexMove(const Engine& engine, VaultMode mode, const KeyedRow& row,
                             const RowKeys& earlier, const RowKeys& active, WriteSet& set);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RECORDS_INDEX_MOVE_H_

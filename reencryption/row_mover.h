#ifndef CARDVAULT_REENCRYPTION_ROW_MOVER_H_
#define CARDVAULT_REENCRYPTION_ROW_MOVER_H_

#include <string>

#include "absl/status/statusor.h"
#include "keys/keyring.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"
#include "vault/engine/table.h"

namespace cardvault {

// The rows that lead to all that rests under the key of one purpose.
struct RowRange {
  Table table;
  std::string first_key;
  std::string end_key;  // "": to the end of the table
};

// Moves what rests under earlier versions of one purpose's key to the active one, row by row.
// Thread-safe.
class RowMover {
 public:
  virtual ~RowMover() = default;

  virtual const RowRange& range() const = 0;

  // Puts into `set` what stands in place of `row`, the conditions under which it may, and the
  // version that it is sealed under; false, and nothing in `set`, when `row` has nothing under an
  // earlier version. Errors leave `set` as it was: DATA_LOSS for a row that does not open; ABORTED
  // (IN_PROGRESS) for one that is being changed; FAILED_PRECONDITION (KEY_DESTROYED, VAULT_SEALED);
  // RESOURCE_EXHAUSTED (KEY_LIMIT); INTERNAL (CRYPTO).
  virtual absl::StatusOr<bool> Move(const Keyring& keyring, const KeyedRow& row,
                                    WriteSet& set) const = 0;

  // What the audit log calls the row: a token's text, "" when that is not known.
  virtual std::string ObjectOf(const KeyedRow& row) const = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_REENCRYPTION_ROW_MOVER_H_

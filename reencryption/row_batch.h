#ifndef CARDVAULT_REENCRYPTION_ROW_BATCH_H_
#define CARDVAULT_REENCRYPTION_ROW_BATCH_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "keys/keyring.h"
#include "reencryption/row_mover.h"
#include "vault/commit/write_set.h"
#include "vault/engine/engine.h"

namespace cardvault {

// What one commit does to a run of rows. Not thread-safe.
struct RowBatch {
  struct Unreadable {
    size_t row = 0;
    absl::Status why;
  };

  WriteSet set;  // rows and conditions; neither the job's own row nor entries
  // For each precondition of the set, the row that it is there for.
  std::vector<size_t> row_of_precondition;
  size_t examined = 0;                 // rows from the first on that were looked at
  size_t moved = 0;                    // of those, how many the set moves
  std::vector<size_t> changing;        // others change them right now
  std::vector<Unreadable> unreadable;  // they do not open, and stay
};

// Looks at `rows` in order until `max_rows` of them are in the set or do not open. An error is none
// of a row's own: RESOURCE_EXHAUSTED (KEY_LIMIT), FAILED_PRECONDITION (VAULT_SEALED), UNAVAILABLE.
absl::StatusOr<RowBatch> MakeRowBatch(const RowMover& mover, const Keyring& keyring,
                                      absl::Span<const KeyedRow> rows, size_t max_rows);

}  // namespace cardvault

#endif  // CARDVAULT_REENCRYPTION_ROW_BATCH_H_

#ifndef CARDVAULT_VAULT_RETENTION_DUE_SWEEP_H_
#define CARDVAULT_VAULT_RETENTION_DUE_SWEEP_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "vault/commit/write_set.h"
#include "vault/records/card_tables.h"

namespace cardvault {

// Rows of windows (idempotency, enumeration) that one set forgets, under one audit entry.
inline constexpr size_t kMaxWindowRowsPerSet = 256;

// What is to be committed for rows that fell due.
struct SweepPlan {
  std::vector<WriteSet> deletions;    // one card each, with its entry token.expired
  std::vector<WriteSet> forgettings;  // window rows, one entry with their count each
  size_t unreadable_count = 0;        // due rows whose object cannot be read; they stay
  std::string next_key;               // where to go on; "" : nothing else is due
};

// Looks at up to `max_rows` rows of table due from `first_key` on that are due at `now`. Every set
// names what it read in its preconditions, so a plan may be committed at leisure. Thread-safe.
absl::StatusOr<SweepPlan> PlanSweep(const CardTables& tables, absl::string_view first_key,
                                    size_t max_rows, absl::Duration enumeration_window,
                                    absl::Time now);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RETENTION_DUE_SWEEP_H_

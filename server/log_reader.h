#ifndef CARDVAULT_SERVER_LOG_READER_H_
#define CARDVAULT_SERVER_LOG_READER_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "audit/audit_leaf.h"
#include "vault/engine/engine.h"

namespace cardvault {

// What is read of the log at once: some 60 KiB, a few milliseconds from a slow disk.
inline constexpr uint64_t kLogBatch = 256;
// A filter that matches nothing looks at so many entries for one message, so that a caller who has
// gone is noticed and a bar moves.
inline constexpr uint64_t kMaxLookedAt = 16 * kLogBatch;

// That entries were asked for which are no more, by their retention.
absl::Status EntriesRetired();

// The entries [first, end), all of which were committed, past the caches that traffic uses.
// NOT_FOUND (EntriesRetired) when the first is no more; DATA_LOSS when one is missing or does not
// decode; UNAVAILABLE as EngineSnapshot::Scan. Thread-safe.
absl::StatusOr<std::vector<AuditEntry>> ReadEntries(const Engine& engine, uint64_t first,
                                                    uint64_t end);

// The sequence of the first of the entries [first, end) that is of `time` or later, `end` when none
// is; found by halving, as if no clock had been set back. Errors as ReadEntries. Thread-safe.
absl::StatusOr<uint64_t> FirstEntryOf(const Engine& engine, absl::Time time, uint64_t first,
                                      uint64_t end);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_LOG_READER_H_

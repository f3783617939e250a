#ifndef CARDVAULT_VAULT_COMMIT_LOG_CUT_H_
#define CARDVAULT_VAULT_COMMIT_LOG_CUT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "vault/commit/audit_tail.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Old entries of the audit log are dropped by whole segments, from the first one on. What is left
// proves as before: of the nodes over dropped entries those stay that no dropped node is above, the
// complete subtrees that [0, first) falls into (docs/formats/audit_tree.md).
inline constexpr uint64_t kRetiredSegment = kKeyringAttestInterval;

// Where the entries begin that the store has.
struct LogCut {
  uint64_t first = 0;     // a multiple of kRetiredSegment; 0: none was dropped
  uint64_t revision = 0;  // of its row: the sequence of the last entry log.retired
};

// The row as it stands, compared with nothing. DATA_LOSS when it is damaged; else as Engine::Get.
absl::StatusOr<LogCut> ReadLogCut(const Engine& engine);
absl::StatusOr<LogCut> ReadLogCut(const EngineSnapshot& rows);

// The same, for a start: DATA_LOSS also when the log has no entry that says that it was cut there,
// or says another root of what was dropped than the nodes that are left make. Whoever takes old
// entries away has to forge an entry in front of a checkpoint that stands outside.
absl::StatusOr<LogCut> CheckLogCut(const Engine& engine);

// The condition that the log is still cut where it was read to be.
Precondition CutIs(const LogCut& cut);

// Drops the segment from `first` on, a multiple of kRetiredSegment, as the entry `revision` says.
void RetireSegment(uint64_t first, uint64_t revision, EngineBatch& batch);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_COMMIT_LOG_CUT_H_

#include "vault/commit/kept_checkpoint.h"

#include <utility>

#include "audit/checkpoint.h"
#include "audit/signed_note.h"
#include "audit/tree_hash.h"
#include "audit/tree_proof.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "vault/commit/audit_nodes.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

absl::Status Damaged() { return DataLoss("a checkpoint in the store does not read back"); }

}  // namespace

std::string CheckpointKey(uint64_t size) { return BigEndian64(size); }

absl::StatusOr<std::optional<KeptCheckpoint>> ReadKeptCheckpoint(const Engine& engine,
                                                                 uint64_t log_size) {
  ASSIGN_OR_RETURN(std::optional<KeyedRow> last, engine.Last(Table::kAuditCheckpoints));
  if (!last.has_value()) return std::nullopt;
  const absl::StatusOr<SignedNote> note = ParseNote(last->row.value);
  if (!note.ok()) return Damaged();
  const absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(note->text);
  if (!checkpoint.ok() || last->key != CheckpointKey(checkpoint->size)) return Damaged();
  if (checkpoint->size > log_size) {
    return DataLoss("the audit log is shorter than a checkpoint of it in the store says");
  }
  StoredNodes nodes(engine);
  ASSIGN_OR_RETURN(const TreeHash root, RootOf(nodes, checkpoint->size));
  if (root != checkpoint->root) {
    return DataLoss("the audit log is not the one of which the store has a checkpoint");
  }
  return KeptCheckpoint{checkpoint->size, std::move(last->row.value)};
}

}  // namespace cardvault

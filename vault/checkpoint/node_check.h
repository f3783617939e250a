#ifndef CARDVAULT_VAULT_CHECKPOINT_NODE_CHECK_H_
#define CARDVAULT_VAULT_CHECKPOINT_NODE_CHECK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "audit/tree_hash.h"
#include "audit/tree_shape.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Compares every row of Table::kAuditNodes with the nodes that a tree makes as it grows: each row
// is looked at once, level by level in step. Not thread-safe.
class NodeCheck final {
 public:
  // `rows` must outlive it.
  explicit NodeCheck(const EngineSnapshot& rows) : rows_(rows) {}

  // Whether the store has this node, which the entry `sequence` completed, as it is. Of each level
  // in the order of their indexes, kLowestStoredLevel at least. Errors: as EngineSnapshot::Scan.
  absl::StatusOr<bool> Has(const NodeId& id, const TreeHash& hash, uint64_t sequence);

  // The node of a subtree whose entries are gone, as the store says; nothing when the first row of
  // its level is another. Before Has. Errors: as EngineSnapshot::Scan.
  absl::StatusOr<std::optional<TreeHash>> Take(const NodeId& id);

  // Whether the table has any row that neither was asked for.
  absl::StatusOr<bool> HasMore();

  uint64_t count() const { return count_; }  // of nodes that the store has

 private:
  static constexpr size_t kLevelCount = 64;

  // The rows of a level that were read and not compared yet.
  struct Level {
    uint64_t next = 0;  // index of the first node that is not compared
    std::vector<KeyedRow> rows;
    size_t used = 0;
  };

  // The next row of a level, null behind the last one. It counts as compared.
  absl::StatusOr<const KeyedRow*> Next(const NodeId& id);
  absl::StatusOr<bool> HasRow(const std::string& first_key, const std::string& end_key) const;

  const EngineSnapshot& rows_;
  std::array<Level, kLevelCount> levels_;
  uint64_t count_ = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_CHECKPOINT_NODE_CHECK_H_

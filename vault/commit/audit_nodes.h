#ifndef CARDVAULT_VAULT_COMMIT_AUDIT_NODES_H_
#define CARDVAULT_VAULT_COMMIT_AUDIT_NODES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "audit/audit_leaf.h"
#include "audit/tree_hash.h"
#include "audit/tree_proof.h"
#include "audit/tree_shape.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Of the nodes of the audit log's Merkle tree those from this level on have rows: one row for eight
// entries. What is below is hashed again from the sixteen entries that it stands over. Part of the
// format (docs/formats/audit_tree.md).
inline constexpr uint32_t kLowestStoredLevel = 4;

// The row of a complete subtree in Table::kAuditNodes; its value is the hash.
std::string AuditNodeKey(const NodeId& id);
std::string AuditNodeValue(const TreeHash& hash);

// The entry that a row of Table::kAuditLeaves holds. DATA_LOSS when it does not decode, or stands
// in another's place.
absl::StatusOr<AuditEntry> EntryOf(const KeyedRow& row);

// The tree's nodes as the store has them, not compared with anything. DATA_LOSS when one is
// missing; else as Engine::Get. Must not outlive the engine. Not thread-safe: it remembers the
// sixteen entries that it hashed last.
class StoredNodes final : public NodeSource {
 public:
  explicit StoredNodes(const Engine& engine) : engine_(engine) {}

  absl::StatusOr<TreeHash> Node(const NodeId& id) override;

 private:
  static constexpr uint64_t kBlockSize = uint64_t{1} << kLowestStoredLevel;

  absl::Status HashBlock(uint64_t block);

  const Engine& engine_;
  std::optional<uint64_t> block_;  // whose leaves' hashes are in:
  std::array<TreeHash, kBlockSize> leaves_;
  uint64_t leaf_count_ = 0;  // the last block of a log is rarely full
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_COMMIT_AUDIT_NODES_H_

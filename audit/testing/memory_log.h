#ifndef CARDVAULT_AUDIT_TESTING_MEMORY_LOG_H_
#define CARDVAULT_AUDIT_TESTING_MEMORY_LOG_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "audit/audit_leaf.h"
#include "audit/compact_range.h"
#include "audit/testing/test_note_signer.h"
#include "audit/tree_hash.h"
#include "audit/tree_proof.h"
#include "audit/tree_shape.h"

namespace cardvault {

// A whole audit log in memory, with its tree and its key: what a server exports, without one. A
// copy is a fork. Not thread-safe.
class MemoryLog final : public NodeSource {
 public:
  // Log `number` of this vault; `seed` is its key's, 64 hexadecimal digits.
  explicit MemoryLog(const std::string& vault = "vault-test", uint32_t number = 1,
                     std::string seed = std::string(64, '1'));

  // The same entries and nodes under another log's name and key: what a restore begins with.
  MemoryLog Continued(uint32_t number, const std::string& seed) const;

  // Adds an entry; its sequence, and its times one second after the entry before, are put in.
  void Add(AuditLeaf leaf);
  // Adds so many entries of all kinds.
  void AddSome(uint64_t count);
  // Puts another leaf in the place of one, and makes the tree anew: what a forger does who has the
  // store.
  void Replace(uint64_t sequence, AuditLeaf leaf);

  uint64_t size() const { return entries_.size(); }
  const AuditEntry& entry(uint64_t sequence) const { return entries_[sequence]; }
  const std::string& origin() const { return origin_; }
  std::string Key() const;  // the verifier key
  TreeHash RootAt(uint64_t size);

  // The signed note of the log when it had so many entries.
  std::string Checkpoint(uint64_t size);

  absl::StatusOr<TreeHash> Node(const NodeId& id) override;

  // The export of [first, end) under the checkpoint of `size`; `from` is what a consistency proof
  // is asked from, 0 for none.
  std::string ExportRange(uint64_t first, uint64_t end, uint64_t size, uint64_t from = 0);
  // The same of those entries of [first, end) that `is_chosen` is true of.
  std::string ExportFiltered(uint64_t first, uint64_t end, uint64_t size,
                             const std::function<bool(const AuditEntry&)>& is_chosen,
                             std::vector<std::pair<std::string, std::string>> filter = {},
                             uint64_t from = 0);

 private:
  void Append(AuditEntry entry);

  std::string vault_;
  std::string origin_;
  std::string seed_;
  std::vector<AuditEntry> entries_;
  CompactRange tree_;
  std::vector<std::vector<TreeHash>> nodes_;  // complete ones, by level
};

}  // namespace cardvault

#endif  // CARDVAULT_AUDIT_TESTING_MEMORY_LOG_H_

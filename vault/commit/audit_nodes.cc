#include "vault/commit/audit_nodes.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "audit/compact_range.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr size_t kEntryKeySize = 8;

}  // namespace

std::string AuditNodeKey(const NodeId& id) {
  return absl::StrCat(std::string(1, static_cast<char>(id.level)), BigEndian64(id.index));
}

std::string AuditNodeValue(const TreeHash& hash) { return {hash.begin(), hash.end()}; }

absl::StatusOr<AuditEntry> EntryOf(const KeyedRow& row) {
  if (row.key.size() != kEntryKeySize) {
    return DataLoss("an audit entry stands under an impossible key");
  }
  ASSIGN_OR_RETURN(AuditEntry entry, DecodeEntry(row.row.value));
  if (entry.sequence != ReadBigEndian64(row.key)) {
    return DataLoss("an audit entry stands in another's place");
  }
  return entry;
}

absl::StatusOr<TreeHash> StoredNodes::Node(const NodeId& id) {
  if (id.level >= kLowestStoredLevel) {
    ASSIGN_OR_RETURN(const std::optional<Row> row,
                     engine_.Get(Table::kAuditNodes, AuditNodeKey(id)));
    TreeHash hash;
    if (!row.has_value() || row->value.size() != hash.size()) {
      return DataLoss("a node of the audit log's tree is missing");
    }
    std::copy(row->value.begin(), row->value.end(), hash.begin());
    return hash;
  }
  const uint64_t begin = id.index << id.level;
  const uint64_t count = uint64_t{1} << id.level;
  if (block_ != begin / kBlockSize) RETURN_IF_ERROR(HashBlock(begin / kBlockSize));
  if (begin % kBlockSize + count > leaf_count_) return DataLoss("an audit entry is missing");
  CompactRange range;
  for (uint64_t i = 0; i < count; ++i) {
    range.Append(leaves_[begin % kBlockSize + i], [](const NodeId&, const TreeHash&) {});
  }
  return range.Root();
}

absl::Status StoredNodes::HashBlock(uint64_t block) {
  block_.reset();
  const uint64_t begin = block * kBlockSize;
  ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                   engine_.Scan(Table::kAuditLeaves, BigEndian64(begin),
                                BigEndian64(begin + kBlockSize), kBlockSize));
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].key != BigEndian64(begin + i)) return DataLoss("an audit entry is missing");
    leaves_[i] = LeafHash(rows[i].row.value);
  }
  leaf_count_ = rows.size();
  block_ = block;
  return absl::OkStatus();
}

}  // namespace cardvault

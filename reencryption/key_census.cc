#include "reencryption/key_census.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "keys/keyring.h"
#include "reencryption/key_uses.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr size_t kRowsPerScan = 4096;  // a megabyte or two at a time
constexpr uint32_t kUnknownVersion = 0;

}  // namespace

absl::StatusOr<KeyCensus> KeyCensus::Take(const Engine& engine, CommitPipeline& pipeline,
                                          const KeyringHolder& keyring, const AuditOrigin& origin,
                                          const std::function<bool()>& stop) {
  KeyCensus census;
  {
    ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keys, keyring.Snapshot());
    for (const KeyVersionInfo& info : keys->Inventory()) {
      if (keys->IsActive(info.purpose, info.version)) census.active_[info.purpose] = info.version;
    }
  }
  // Once this is committed, every set that was judged by an earlier keyring is, too: there is one
  // commit thread, and it judges what it gathers after that by the keyring above or a later one.
  WriteSet barrier;
  barrier.leaves.push_back(
      AuditLeaf{.action = AuditAction::kAdminRead, .origin = origin, .object = "key census"});
  const CommitResult passed = pipeline.SubmitAndWait(std::move(barrier));
  if (!passed.committed()) return passed.status;

  ASSIGN_OR_RETURN(const std::unique_ptr<EngineSnapshot> snapshot, engine.TakeSnapshot());
  ASSIGN_OR_RETURN(const std::optional<KeyedRow> last, snapshot->Last(Table::kAuditLeaves));
  if (!last.has_value()) return DataLoss("the audit log is empty");
  census.audit_entry_count_ = last->row.revision + 1;
  for (const Table table : TablesUnderKeys()) {
    RETURN_IF_ERROR(census.CountTable(*snapshot, table, stop));
  }
  return census;
}

absl::Status KeyCensus::CountTable(const EngineSnapshot& snapshot, Table table,
                                   const std::function<bool()>& stop) {
  std::string next;
  std::vector<KeyUse> uses;
  while (true) {
    if (stop()) return Unavailable(ErrorReason::kDraining, "the census was ended before its end");
    ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                     snapshot.Scan(table, next, "", kRowsPerScan));
    for (const KeyedRow& row : rows) {
      uses.clear();
      if (!AppendKeyUses(table, row, uses).ok()) ++unreadable_rows_;
      for (const KeyUse& use : uses) {
        KeyCount& count = counts_[{use.purpose, use.version}];
        ++(use.is_record ? count.records : count.traces);
      }
    }
    scanned_rows_ += rows.size();
    if (rows.size() < kRowsPerScan) return absl::OkStatus();
    next = absl::StrCat(rows.back().key, absl::string_view("\0", 1));
  }
}

KeyCount KeyCensus::Of(KeyPurpose purpose, uint32_t version) const {
  const auto found = counts_.find({purpose, version});
  return found == counts_.end() ? KeyCount{} : found->second;
}

bool KeyCensus::ProvesUnused(KeyPurpose purpose, uint32_t version) const {
  const auto active = active_.find(purpose);
  if (active == active_.end() || active->second == version) return false;
  return unreadable_rows_ == 0 && Of(purpose, version).all() == 0 &&
         Of(purpose, kUnknownVersion).all() == 0;
}

}  // namespace cardvault

#include "vault/checkpoint/store_check.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "audit/checkpoint.h"
#include "audit/compact_range.h"
#include "audit/export/export_entry.h"
#include "audit/restored_log.h"
#include "audit/retired_log.h"
#include "audit/tree_hash.h"
#include "audit/tree_shape.h"
#include "audit/verifier/outside_notes.h"
#include "audit/verifier/trusted_checkpoint.h"
#include "base/check.h"
#include "base/length_prefix.h"
#include "vault/checkpoint/node_check.h"
#include "vault/commit/audit_nodes.h"
#include "vault/commit/kept_checkpoint.h"
#include "vault/commit/log_cut.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr size_t kEntriesPerScan = 1024;  // some hundred kilobytes at a time
constexpr size_t kCheckpointsPerScan = 64;
constexpr size_t kSequenceSize = 8;
constexpr uint32_t kFirstLog = 1;

class StoreCheck final {
 public:
  StoreCheck(const EngineSnapshot& rows, const StoreRequest& request)
      : rows_(rows), request_(request), nodes_(rows) {}

  Verdict Run() {
    RETURN_IF_PROBLEM(Begin());
    RETURN_IF_PROBLEM(AddEntries());
    RETURN_IF_PROBLEM(CheckEnd());
    return Good();
  }

 private:
  Problem Begin();
  // Goes on from the first entry that is left, when old ones were retired.
  Problem TakeCut();
  Problem AddEntries();
  Problem AddEntry(const KeyedRow& row);
  Problem CheckNode(const NodeId& id, const TreeHash& hash);
  Problem Restore(const AuditLeaf& leaf);
  Problem Retired(const AuditEntry& entry);
  Problem CompareCheckpoints();
  Problem CompareKept(const KeyedRow& row);
  Problem CompareOutside();
  Problem CheckEnd();
  Problem CheckOutsideEnd();
  Verdict Good() const;

  // The next of the checkpoints that the store keeps; nothing behind the last one.
  Problem PeekKept(const KeyedRow*& row);

  Verdict Wrong(VerdictWord word, std::string text, std::optional<uint64_t> sequence = {}) const {
    return {word, std::move(text), {request_.store, 0, sequence}};
  }
  Verdict Misplaced() const {
    return Wrong(VerdictWord::kBadCheckpoint,
                 "a checkpoint in the store does not stand where it belongs");
  }
  Verdict Unread(const absl::Status& status) const {
    if (absl::IsDataLoss(status)) {
      return Wrong(VerdictWord::kDamaged, "a row cannot be read back as it was written",
                   tree_.size());
    }
    return Wrong(VerdictWord::kUnreadable, "the store cannot be read", tree_.size());
  }

  const EngineSnapshot& rows_;
  const StoreRequest& request_;
  LogName log_;  // as the entries so far say
  CompactRange tree_;
  NodeCheck nodes_;
  absl::Time last_time_;
  LogCut cut_;
  TreeHash cut_root_ = {};
  std::optional<absl::Time> retired_;  // when the cut was declared
  std::vector<KeyedRow> kept_;
  size_t kept_used_ = 0;
  std::string kept_next_key_;  // "" before the first
  std::optional<OutsideNotes> notes_;
  std::optional<uint64_t> newest_outside_;  // that was compared, of this log
};

Problem StoreCheck::Begin() {
  for (const NoteKey& key : request_.keys) {
    const std::optional<LogName> log = ParseLogName(key.name());
    if (!log.has_value() || (!log_.vault.empty() && log->vault != log_.vault)) {
      return Wrong(VerdictWord::kForeignLog, "the keys are not of one vault's logs");
    }
    log_.vault = log->vault;
  }
  log_.number = kFirstLog;
  RETURN_IF_PROBLEM(TakeCut());
  notes_.emplace(request_.notes_path, log_);
  RETURN_IF_PROBLEM(notes_->Open());
  return CompareCheckpoints();
}

Problem StoreCheck::TakeCut() {
  const absl::StatusOr<LogCut> cut = ReadLogCut(rows_);
  if (!cut.ok()) return Unread(cut.status());
  if (cut->first == 0) return std::nullopt;
  cut_ = *cut;
  std::vector<TreeHash> peaks;
  for (const NodeId& id : CompleteNodesOf({0, cut_.first})) {
    const absl::StatusOr<std::optional<TreeHash>> node = nodes_.Take(id);
    if (!node.ok()) return Unread(node.status());
    if (!node->has_value()) {
      return Wrong(VerdictWord::kWrongNode, "a node over retired entries is not there",
                   id.index << id.level);
    }
    peaks.push_back(**node);
  }
  tree_ = *CompactRange::FromPeaks(cut_.first, peaks);
  cut_root_ = tree_.Root();
  // Which log it was there, the last checkpoint before says, if there is one.
  for (const KeyedRow* row = nullptr;; ++kept_used_) {
    RETURN_IF_PROBLEM(PeekKept(row));
    if (row == nullptr || row->key >= CheckpointKey(cut_.first)) return std::nullopt;
    Checkpoint kept;
    RETURN_IF_PROBLEM(OpenTrusted(row->row.value, request_.keys, {request_.store, 0, {}}, kept));
    const std::optional<LogName> log = ParseLogName(kept.origin);
    if (row->key != CheckpointKey(kept.size) || !log.has_value() || log->number < log_.number) {
      return Misplaced();
    }
    log_.number = log->number;
  }
}

Problem StoreCheck::AddEntries() {
  const absl::StatusOr<std::optional<KeyedRow>> last = rows_.Last(Table::kAuditLeaves);
  const bool has_last = last.ok() && last->has_value() && (*last)->key.size() == kSequenceSize;
  const uint64_t total = has_last ? ReadBigEndian64((*last)->key) + 1 : 0;
  std::string next_key;  // from the first row on: behind a cut there is none before it
  for (size_t rows_per_scan = kEntriesPerScan;;) {
    const absl::StatusOr<std::vector<KeyedRow>> rows =
        rows_.Scan(Table::kAuditLeaves, next_key, "", rows_per_scan);
    if (!rows.ok() && absl::IsDataLoss(rows.status()) && rows_per_scan > 1) {
      rows_per_scan = 1;  // to the first one that does not read back
      continue;
    }
    if (!rows.ok()) return Unread(rows.status());
    for (const KeyedRow& row : *rows) RETURN_IF_PROBLEM(AddEntry(row));
    if (rows->empty()) break;
    next_key = rows->back().key + std::string(1, '\0');
    if (request_.progress) request_.progress(tree_.size(), total);
  }
  if (tree_.size() > cut_.first) return std::nullopt;
  return Wrong(VerdictWord::kMissing, "the store has no audit log", cut_.first);
}

Problem StoreCheck::AddEntry(const KeyedRow& row) {
  const uint64_t sequence = tree_.size();
  if (row.key != BigEndian64(sequence)) {
    if (row.key.size() == kSequenceSize && ReadBigEndian64(row.key) > sequence) {
      return Wrong(VerdictWord::kMissing,
                   absl::StrCat("the entries ", sequence, " to ", ReadBigEndian64(row.key) - 1,
                                " are missing"),
                   sequence);
    }
    return Wrong(VerdictWord::kOutOfOrder, "a row before it is no entry's", sequence);
  }
  const absl::StatusOr<AuditEntry> entry = DecodeEntry(row.row.value);
  if (!entry.ok()) return Wrong(VerdictWord::kEdited, "it is no entry any more", sequence);
  if (entry->sequence != sequence) {
    return Wrong(VerdictWord::kOutOfOrder, "another entry stands in its place", sequence);
  }
  if (row.row.revision != sequence) {
    return Wrong(VerdictWord::kEdited, "its row was written anew", sequence);
  }
  const AuditLeaf& leaf = entry->leaf;
  if (leaf.action == AuditAction::kVaultCreated && leaf.object != log_.vault) {
    return Wrong(VerdictWord::kForeignLog, "the store is another vault's than the keys sign for",
                 sequence);
  }
  if (leaf.action == AuditAction::kLogRestored) RETURN_IF_PROBLEM(Restore(leaf));
  if (cut_.first > 0 && sequence == cut_.revision) RETURN_IF_PROBLEM(Retired(*entry));
  last_time_ = entry->time;
  Problem wrong_node;
  tree_.Append(LeafHash(row.row.value), [&](const NodeId& id, const TreeHash& hash) {
    if (id.level >= kLowestStoredLevel && !wrong_node.has_value()) wrong_node = CheckNode(id, hash);
  });
  RETURN_IF_PROBLEM(std::move(wrong_node));
  return CompareCheckpoints();
}

Problem StoreCheck::CheckNode(const NodeId& id, const TreeHash& hash) {
  const uint64_t first = id.index << id.level;
  const uint64_t last = first + (uint64_t{1} << id.level) - 1;
  const absl::StatusOr<bool> has = nodes_.Has(id, hash, last);
  if (!has.ok()) return Unread(has.status());
  if (*has) return std::nullopt;
  return Wrong(VerdictWord::kWrongNode,
               absl::StrCat("the entries ", first, " to ", last,
                            " do not make the stored node over them, or there is none: one of "
                            "them was changed, or the node was"),
               first);
}

// The log before ends here: what its checkpoints say beyond must be declared as lost.
Problem StoreCheck::Restore(const AuditLeaf& leaf) {
  const std::optional<RestoredLog> restored = ParseRestoredLog(leaf.object);
  if (!restored.has_value() || restored->log < log_.number || restored->size < tree_.size()) {
    return Wrong(VerdictWord::kBadRestore, "a log after another one says wrongly what it continues",
                 tree_.size());
  }
  for (; notes_->has_front();) {
    Checkpoint lost;
    RETURN_IF_PROBLEM(OpenTrusted(notes_->front_note(), request_.keys, notes_->place(), lost));
    if (lost.size > restored->size) {
      return Verdict{VerdictWord::kUndeclaredLoss,
                     "the log before the restore had more entries than the restore says",
                     notes_->place()};
    }
    if (lost.size == restored->size && lost.root != restored->root) {
      return Verdict{VerdictWord::kForked,
                     "the log before the restore is not the one of which the restore speaks",
                     notes_->place()};
    }
    RETURN_IF_PROBLEM(notes_->Advance());
  }
  // A directory of before an admission was put back: logs may lie between.
  log_.number = restored->log + 1;
  newest_outside_.reset();
  notes_.emplace(request_.notes_path, log_);
  return notes_->Open();
}

// Whoever takes old entries away has to forge this one, in front of a checkpoint outside.
Problem StoreCheck::Retired(const AuditEntry& entry) {
  const std::optional<RetiredLog> retired = ParseRetiredLog(entry.leaf.object);
  if (entry.leaf.action != AuditAction::kLogRetired || !retired.has_value() ||
      retired->end != cut_.first || retired->root != cut_root_) {
    return std::nullopt;  // CheckEnd misses it
  }
  retired_ = entry.time;
  return std::nullopt;
}

Problem StoreCheck::PeekKept(const KeyedRow*& row) {
  if (kept_used_ == kept_.size()) {
    absl::StatusOr<std::vector<KeyedRow>> rows =
        rows_.Scan(Table::kAuditCheckpoints, kept_next_key_, "", kCheckpointsPerScan);
    if (!rows.ok()) return Unread(rows.status());
    kept_ = *std::move(rows);
    kept_used_ = 0;
    if (!kept_.empty()) kept_next_key_ = kept_.back().key + std::string(1, '\0');
  }
  row = kept_used_ == kept_.size() ? nullptr : &kept_[kept_used_];
  return std::nullopt;
}

// All that are of as many entries as there are now.
Problem StoreCheck::CompareCheckpoints() {
  for (const KeyedRow* row = nullptr;; ++kept_used_) {
    RETURN_IF_PROBLEM(PeekKept(row));
    if (row == nullptr || row->key > CheckpointKey(tree_.size())) break;
    RETURN_IF_PROBLEM(CompareKept(*row));
  }
  while (notes_->has_front() && notes_->front().size <= tree_.size()) {
    RETURN_IF_PROBLEM(CompareOutside());
  }
  return std::nullopt;
}

Problem StoreCheck::CompareKept(const KeyedRow& row) {
  Checkpoint kept;
  RETURN_IF_PROBLEM(OpenTrusted(row.row.value, request_.keys, {request_.store, 0, {}}, kept));
  if (ParseLogName(kept.origin) != log_) {
    return Wrong(VerdictWord::kForeignLog, "a checkpoint in the store is another log's");
  }
  if (row.key != CheckpointKey(kept.size) || kept.size != tree_.size() ||
      row.row.revision < kept.size) {
    return Misplaced();
  }
  if (kept.root == tree_.Root()) return std::nullopt;
  return Wrong(
      VerdictWord::kForked,
      absl::StrCat("the first ", kept.size, " entries are not those of a checkpoint in the store"));
}

Problem StoreCheck::CompareOutside() {
  Checkpoint outside;
  RETURN_IF_PROBLEM(OpenTrusted(notes_->front_note(), request_.keys, notes_->place(), outside));
  if (outside.size < cut_.first) return notes_->Advance();  // of entries that are gone
  if (outside.root != tree_.Root()) {
    return Verdict{VerdictWord::kForked,
                   absl::StrCat("the first ", outside.size,
                                " entries in the store are not those of this checkpoint"),
                   notes_->place()};
  }
  newest_outside_ = outside.size;
  return notes_->Advance();
}

Problem StoreCheck::CheckEnd() {
  if (cut_.first > 0 && !retired_.has_value()) {
    return Wrong(VerdictWord::kMissing,
                 absl::StrCat("the entries 0 to ", cut_.first - 1,
                              " are gone, and no entry says that they were retired"),
                 0);
  }
  const absl::StatusOr<bool> has_more = nodes_.HasMore();
  if (!has_more.ok()) return Unread(has_more.status());
  if (*has_more) {
    return Wrong(VerdictWord::kWrongNode, "the store has a node that its entries do not make");
  }
  RETURN_IF_PROBLEM(CheckOutsideEnd());
  const KeyedRow* row = nullptr;
  RETURN_IF_PROBLEM(PeekKept(row));
  if (row == nullptr) return std::nullopt;
  Checkpoint kept;
  RETURN_IF_PROBLEM(OpenTrusted(row->row.value, request_.keys, {request_.store, 0, {}}, kept));
  if (row->key != CheckpointKey(kept.size)) return Misplaced();
  return Wrong(VerdictWord::kCutTail,
               absl::StrCat("the log had ", kept.size,
                            " entries at a checkpoint in the store, and ", tree_.size(), " now"),
               tree_.size());
}

Problem StoreCheck::CheckOutsideEnd() {
  std::optional<Verdict> cut;
  while (notes_->has_front()) {
    Checkpoint outside;
    RETURN_IF_PROBLEM(OpenTrusted(notes_->front_note(), request_.keys, notes_->place(), outside));
    cut = Verdict{VerdictWord::kCutTail,
                  absl::StrCat("the log had ", outside.size, " entries at this checkpoint, and ",
                               tree_.size(), " in the store: the last ",
                               outside.size - tree_.size(), " are missing"),
                  notes_->place()};
    RETURN_IF_PROBLEM(notes_->Advance());
  }
  return cut;
}

Verdict StoreCheck::Good() const {
  Verdict verdict = {
      VerdictWord::kIntactUnanchored,
      absl::StrCat("entries ", cut_.first, "..", tree_.size() - 1, " and ", nodes_.count(),
                   " nodes intact in the store as of ", ExportTimeText(last_time_)),
      {}};
  if (retired_.has_value()) {
    absl::StrAppend(&verdict.text, "; entries 0..", cut_.first - 1, " retired at ",
                    ExportTimeText(*retired_), " by policy");
  }
  if (log_.number > kFirstLog) absl::StrAppend(&verdict.text, " in log ", log_.number);
  if (newest_outside_.has_value()) {
    verdict.word = VerdictWord::kIntact;
    absl::StrAppend(&verdict.text, "; confirmed by the outside checkpoint at size ",
                    *newest_outside_);
  } else {
    verdict.text += "; later entries not excluded";
  }
  return verdict;
}

}  // namespace

Verdict CheckStoredLog(const EngineSnapshot& rows, const StoreRequest& request) {
  CV_CHECK(!request.keys.empty());
  return StoreCheck(rows, request).Run();
}

}  // namespace cardvault

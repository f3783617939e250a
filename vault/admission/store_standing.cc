#include "vault/admission/store_standing.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/audit_leaf.h"
#include "audit/tree_hash.h"
#include "audit/tree_proof.h"
#include "base/check.h"
#include "base/log.h"
#include "base/status.h"
#include "vault/admission/machine.h"
#include "vault/admission/restore_mark.h"
#include "vault/checkpoint/outside_log.h"
#include "vault/commit/audit_nodes.h"
#include "vault/commit/log_cut.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using Kind = AdmissionReason::Kind;

std::string TimeText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

bool IsLater(const RestoredLog& a, const RestoredLog& b) {
  return a.log != b.log ? a.log > b.log : a.size > b.size;
}

// A checkpoint of a log before this one is well when the admission has declared it.
bool IsDeclared(const RestoredLog& outside, const Admission& admission) {
  if (outside.log != admission.before.log) return outside.log < admission.before.log;
  if (outside.size != admission.before.size) return outside.size < admission.before.size;
  return outside.root == admission.before.root;
}

absl::Status JudgeFile(const Engine& engine, const VaultId& vault, const std::string& path,
                       StoreStanding& standing, std::optional<RestoredLog>& last) {
  ASSIGN_OR_RETURN(const OutsideLog found, ReadOutsideLog(engine, vault, path));
  if (found.is_gone) {
    standing.reasons.push_back(
        {Kind::kCheckpointsGone,
         absl::StrCat("checkpoints of this log were signed, and ", path,
                      " is gone or has none: mount or put it back; a new file begins with one of "
                      "`cardvault audit checkpoint --out FILE`")});
  }
  if (!found.checkpoint.has_value()) return absl::OkStatus();
  const RestoredLog& outside = *found.checkpoint;
  LogEvent(LogLevel::kInfo, "audit.compared")
      .With("entries", standing.log_size)
      .With("outside_entries", outside.size);
  if (!last.has_value() || IsLater(outside, *last)) last = outside;
  if (outside.log < standing.log() && IsDeclared(outside, *standing.admission)) {
    return absl::OkStatus();
  }
  if (outside.size > standing.log_size) {
    standing.reasons.push_back(
        {Kind::kEntriesMissing,
         absl::StrCat("the log has ", standing.log_size, " entries, and the last checkpoint in ",
                      path, " is of ", outside.size, ": entries ", standing.log_size, "..",
                      outside.size - 1, " are missing, and what they tell of"),
         standing.log_size, outside.size});
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const LogCut cut, ReadLogCut(engine));
  if (outside.size < cut.first) {
    standing.reasons.push_back(
        {Kind::kCheckpointsGone,
         absl::StrCat("the last checkpoint in ", path,
                      " is of entries that were retired since, so the log cannot be compared with "
                      "it: put the newest file back, or begin one with one of `cardvault audit "
                      "checkpoint --out FILE`")});
    return absl::OkStatus();
  }
  StoredNodes nodes(engine);
  ASSIGN_OR_RETURN(const TreeHash root, RootOf(nodes, outside.size));
  if (outside.log != standing.log() || root != outside.root) {
    standing.reasons.push_back(
        {Kind::kOtherHistory,
         absl::StrCat("the log is not the one of the last checkpoint in ", path, ", of ",
                      outside.size, " entries of log ", outside.log,
                      ": the directory was put back and written to, or another one went on, or "
                      "entries were changed")});
  }
  return absl::OkStatus();
}

absl::Status JudgeOutside(const Engine& engine, const StandingFacts& facts,
                          StoreStanding& standing) {
  std::optional<RestoredLog> last;
  const size_t before = standing.reasons.size();
  for (const std::string& path : facts.sink_files) {
    RETURN_IF_ERROR(JudgeFile(engine, facts.vault, path, standing, last));
  }
  // A file that is gone says nothing; of what the others say the store may have all.
  bool has_all = true;
  for (size_t i = before; i < standing.reasons.size(); ++i) {
    has_all = has_all && standing.reasons[i].kind == Kind::kCheckpointsGone;
  }
  if (!has_all) {
    standing.before = *last;
    return absl::OkStatus();
  }
  StoredNodes nodes(engine);
  ASSIGN_OR_RETURN(const TreeHash root, RootOf(nodes, standing.log_size));
  standing.before = {standing.log(), standing.log_size, root};
  return absl::OkStatus();
}

}  // namespace

absl::string_view AdmissionReasonName(Kind kind) {
  switch (kind) {
    case Kind::kRestored:
      return "RESTORED";
    case Kind::kOtherMachine:
      return "OTHER_MACHINE";
    case Kind::kEntriesMissing:
      return "ENTRIES_MISSING";
    case Kind::kOtherHistory:
      return "OTHER_HISTORY";
    case Kind::kCheckpointsGone:
      return "CHECKPOINTS_GONE";
  }
  CV_CHECK(false);
}

absl::StatusOr<StoreStanding> JudgeStore(const Engine& engine, const StandingFacts& facts) {
  StoreStanding standing;
  ASSIGN_OR_RETURN(standing.admission, ReadAdmission(engine));
  ASSIGN_OR_RETURN(const std::optional<KeyedRow> last, engine.Last(Table::kAuditLeaves));
  if (last.has_value()) {
    ASSIGN_OR_RETURN(const AuditEntry entry, EntryOf(*last));
    standing.log_size = entry.sequence + 1;
    standing.last_entry_time = entry.time;
  }
  ASSIGN_OR_RETURN(const std::optional<RestoreMark> mark, ReadRestoreMark(engine));
  if (mark.has_value()) {
    standing.reasons.push_back(
        {Kind::kRestored,
         absl::StrCat("it was restored at ", TimeText(mark->restore_time), " from the backup ",
                      mark->backup_id, " of ", TimeText(mark->backup_time), ", with ",
                      mark->log_size, " entries: what was done since is not in it")});
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> machine, ReadMachine(engine));
  if (machine.has_value() && facts.machine.has_value() && *machine != *facts.machine) {
    standing.reasons.push_back(
        {Kind::kOtherMachine,
         "it was made, or admitted last, on another machine, by the file under machine_id_file: "
         "there it may have gone on"});
  }
  RETURN_IF_ERROR(JudgeOutside(engine, facts, standing));
  return standing;
}

}  // namespace cardvault

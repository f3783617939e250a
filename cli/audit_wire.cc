#include "cli/audit_wire.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "audit/export/export_entry.h"
#include "audit/export/leaf_names.h"

namespace cardvault::cli {

bool ReadEntry(const admin::v1::AuditEntry& shown, AuditEntry& entry) {
  const std::optional<AuditAction> action = ActionNamed(shown.action());
  const std::optional<AuditOutcome> outcome = OutcomeNamed(shown.outcome());
  const std::optional<ErrorReason> reason =
      shown.reason().empty() ? ErrorReason::kUnspecified : ReasonNamed(shown.reason());
  if (!action.has_value() || !outcome.has_value() || !reason.has_value()) return false;
  entry.sequence = shown.sequence();
  entry.time =
      absl::FromUnixSeconds(shown.time().seconds()) + absl::Nanoseconds(shown.time().nanos());
  entry.since_boot =
      absl::Seconds(shown.since_boot().seconds()) + absl::Nanoseconds(shown.since_boot().nanos());
  AuditLeaf& leaf = entry.leaf;
  leaf.action = *action;
  leaf.outcome = *outcome;
  leaf.reason = *reason;
  leaf.origin = {shown.principal(), shown.role(), shown.address(), shown.change()};
  leaf.object = shown.object();
  leaf.key_version = shown.key_version();
  leaf.count = shown.count();
  return CanExport(entry);
}

bool ReadProof(const admin::v1::TreeHashes& shown, TreeProof& proof) {
  proof.clear();
  for (const std::string& bytes : shown.hashes()) {
    TreeHash hash;
    if (bytes.size() != hash.size()) return false;
    std::copy(bytes.begin(), bytes.end(), hash.begin());
    proof.push_back(hash);
  }
  return true;
}

bool ReadSegment(const admin::v1::ExportSegment& shown, ExportSegment& segment) {
  segment.place = {shown.first(), shown.level()};
  return shown.level() <= kMaxSegmentLevel && ReadProof(shown.proof(), segment.proof);
}

bool ReadHeader(const admin::v1::ExportHeader& shown, ExportHeader& header) {
  header.kind = shown.filtered() ? ExportKind::kFiltered : ExportKind::kRange;
  header.origin = shown.origin();
  header.first = shown.first();
  header.end = shown.end();
  header.size = shown.size();
  header.checkpoint = shown.checkpoint();
  if (!ReadProof(shown.left(), header.left)) return false;
  if (!shown.has_consistency()) return true;
  header.consistency.emplace();
  header.consistency->from = shown.consistency().from_size();
  return ReadProof(shown.consistency().proof(), header.consistency->proof);
}

}  // namespace cardvault::cli

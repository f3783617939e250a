#include "server/audit_text.h"

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "audit/action.h"
#include "base/error_reason.h"
#include "server/wire/field_checks.h"

namespace cardvault {

void ShowEntry(const AuditEntry& entry, admin::v1::AuditEntry& shown) {
  const AuditLeaf& leaf = entry.leaf;
  shown.set_sequence(entry.sequence);
  *shown.mutable_time() = ToTimestamp(entry.time);
  absl::Duration rest;
  shown.mutable_since_boot()->set_seconds(
      absl::IDivDuration(entry.since_boot, absl::Seconds(1), &rest));
  shown.mutable_since_boot()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  shown.set_action(std::string(ActionName(leaf.action)));
  shown.set_outcome(std::string(OutcomeName(leaf.outcome)));
  shown.set_key_version(leaf.key_version);
  shown.set_count(leaf.count);
  shown.set_reason(std::string(ReasonName(leaf.reason)));
  shown.set_principal(leaf.origin.principal);
  shown.set_role(leaf.origin.role);
  shown.set_address(leaf.origin.address);
  shown.set_object(leaf.object);
  shown.set_change(leaf.origin.change);
}

void ShowHashes(const std::vector<TreeHash>& hashes, admin::v1::TreeHashes& shown) {
  for (const TreeHash& hash : hashes) shown.add_hashes(hash.data(), hash.size());
}

void ShowSegment(const ExportSegment& segment, admin::v1::ExportSegment& shown) {
  shown.set_first(segment.place.first);
  shown.set_level(segment.place.level);
  ShowHashes(segment.proof, *shown.mutable_proof());
}

}  // namespace cardvault

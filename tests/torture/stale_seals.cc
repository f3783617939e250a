#include "tests/torture/stale_seals.h"

#include <algorithm>
#include <cstdint>
#include <map>

#include "absl/strings/str_cat.h"
#include "audit/action.h"

namespace cardvault::torture {
namespace {

// The purpose whose version such an entry names; "" when it seals nothing.
std::string SealedPurpose(const AuditLeaf& leaf) {
  if (leaf.outcome != AuditOutcome::kSuccess || leaf.key_version == 0) return "";
  switch (leaf.action) {
    case AuditAction::kTokenCreated:
      return "pan";
    case AuditAction::kTokenUpdated:
    case AuditAction::kTokenExpiryUpdated:
      return "profile";
    default:
      return "";
  }
}

}  // namespace

std::vector<std::string> FindStaleSeals(const std::vector<AuditEntry>& log) {
  std::vector<std::string> stale;
  std::map<std::string, uint32_t> target;
  for (const AuditEntry& entry : log) {
    const AuditLeaf& leaf = entry.leaf;
    if (leaf.action == AuditAction::kReencryptionStarted &&
        leaf.outcome == AuditOutcome::kSuccess) {
      uint32_t& version = target[leaf.object];
      version = std::max(version, leaf.key_version);
      continue;
    }
    const std::string purpose = SealedPurpose(leaf);
    if (purpose.empty() || leaf.key_version >= target[purpose]) continue;
    stale.push_back(absl::StrCat("token ", leaf.object, " is sealed under ", purpose, " key ",
                                 leaf.key_version, " while all is moved to ", target[purpose]));
  }
  return stale;
}

}  // namespace cardvault::torture

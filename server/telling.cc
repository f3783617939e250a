#include "server/telling.h"

#include <utility>

#include "audit/action.h"
#include "vault/commit/write_set.h"

namespace cardvault {
namespace {

// The server's own of a start are told by the admission itself.
bool IsOfPeople(const AuditLeaf& leaf) { return leaf.origin.principal != "cardvaultd"; }

}  // namespace

absl::Status Tell(CommitPipeline& pipeline, std::vector<AuditLeaf> leaves) {
  if (pipeline.is_closed()) {
    for (const AuditLeaf& leaf : leaves) {
      // Whoever admits the store looks at it again and again.
      if (IsOfPeople(leaf) && leaf.action != AuditAction::kAdminRead) pipeline.HoldEntry(leaf);
    }
    return absl::OkStatus();
  }
  WriteSet set;
  set.leaves = std::move(leaves);
  return pipeline.SubmitAndWait(std::move(set)).status;
}

}  // namespace cardvault

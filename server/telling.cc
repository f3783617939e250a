#include "server/telling.h"

#include <utility>

#include "base/log.h"
#include "vault/commit/write_set.h"

namespace cardvault {

absl::Status Tell(CommitPipeline& pipeline, std::vector<AuditLeaf> leaves) {
  if (pipeline.is_closed()) {
    for (const AuditLeaf& leaf : leaves) {
      LogEvent(LogLevel::kInfo, "audit.not_entered").With("action", leaf.action);
    }
    return absl::OkStatus();
  }
  WriteSet set;
  set.leaves = std::move(leaves);
  return pipeline.SubmitAndWait(std::move(set)).status;
}

}  // namespace cardvault

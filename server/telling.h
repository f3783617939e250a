#ifndef CARDVAULT_SERVER_TELLING_H_
#define CARDVAULT_SERVER_TELLING_H_

#include <vector>

#include "absl/status/status.h"
#include "audit/audit_leaf.h"
#include "vault/commit/commit_pipeline.h"

namespace cardvault {

// Commits entries that change nothing beside themselves. To a store that is not admitted nothing is
// written: of the few calls that are served then, the process log alone tells, and it is OK. Blocks
// on the commit. Errors as CommitPipeline. Thread-safe.
absl::Status Tell(CommitPipeline& pipeline, std::vector<AuditLeaf> leaves);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_TELLING_H_

#ifndef CARDVAULT_FORWARDER_RESTART_RESOLVER_H_
#define CARDVAULT_FORWARDER_RESTART_RESOLVER_H_

#include "absl/status/status.h"
#include "base/clock.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Makes IN_DOUBT every payment that an earlier process left between its intent and its outcome:
// whether it was sent can no longer be known. Blocks; before anything is served.
// Errors: DATA_LOSS for a damaged ledger; those of the pipeline.
absl::Status ResolveRestart(const Engine& engine, CommitPipeline& pipeline, const Clock& clock);

}  // namespace cardvault

#endif  // CARDVAULT_FORWARDER_RESTART_RESOLVER_H_

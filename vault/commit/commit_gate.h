#ifndef CARDVAULT_VAULT_COMMIT_COMMIT_GATE_H_
#define CARDVAULT_VAULT_COMMIT_COMMIT_GATE_H_

#include "absl/status/status.h"

namespace cardvault {

// What else must be well for the log to be written, beside the store: room on the volume, the
// checkpoints' way outside. Thread-safe.
class CommitGate {
 public:
  virtual ~CommitGate() = default;

  // Asked before every batch, on the commit thread: must not wait. UNAVAILABLE (AUDIT_UNAVAILABLE)
  // with a literal text: then only those sets are written whose entries are IsWrittenInNeed.
  virtual absl::Status Check() = 0;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_COMMIT_COMMIT_GATE_H_

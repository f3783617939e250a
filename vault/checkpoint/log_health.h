#ifndef CARDVAULT_VAULT_CHECKPOINT_LOG_HEALTH_H_
#define CARDVAULT_VAULT_CHECKPOINT_LOG_HEALTH_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "vault/checkpoint/sink_writer.h"
#include "vault/commit/commit_gate.h"
#include "vault/engine/space_reserve.h"

namespace cardvault {

// Whether the audit log can be written as it must be: there is room for it, and every required sink
// takes its checkpoints. Thread-safe.
class LogHealth final : public CommitGate {
 public:
  // Both outlive this.
  LogHealth(SpaceReserve& space, const std::vector<std::unique_ptr<SinkWriter>>& sinks)
      : space_(space), sinks_(sinks) {}

  absl::Status Check() override;

 private:
  SpaceReserve& space_;
  const std::vector<std::unique_ptr<SinkWriter>>& sinks_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_CHECKPOINT_LOG_HEALTH_H_

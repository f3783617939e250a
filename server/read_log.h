#ifndef CARDVAULT_SERVER_READ_LOG_H_
#define CARDVAULT_SERVER_READ_LOG_H_

#include <cstddef>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "audit/audit_leaf.h"
#include "server/config.h"
#include "vault/commit/commit_pipeline.h"

namespace cardvault {

// Tells the audit log of what merchants are shown, where the configuration wants that. Thread-safe.
class ReadLog final {
 public:
  // The pipeline outlives this.
  ReadLog(CommitPipeline& pipeline, AuditReads reads) : pipeline_(pipeline), reads_(reads) {}

  // Runs `then` when the entry is committed (on the commit thread), or at once where reads are no
  // entries. With an error of CommitPipeline's nothing may be shown. One entry a call, however much
  // it shows: `count` says how many cards or payments; none counts as one.
  void Tell(const AuditOrigin& origin, AuditAction action, std::string object, size_t count,
            absl::AnyInvocable<void(absl::Status) &&> then);

 private:
  CommitPipeline& pipeline_;
  const AuditReads reads_;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_READ_LOG_H_

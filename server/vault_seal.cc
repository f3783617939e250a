#include "server/vault_seal.h"

#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "vault/commit/write_set.h"

namespace cardvault {
namespace {

absl::Status Commit(CommitPipeline& pipeline, std::vector<AuditLeaf> leaves) {
  WriteSet set;
  set.leaves = std::move(leaves);
  return pipeline.SubmitAndWait(std::move(set)).status;
}

}  // namespace

absl::Status VaultSeal::Unseal(std::shared_ptr<KekProvider> kek, std::vector<AuditLeaf> leaves) {
  const absl::MutexLock lock(&mutex_);
  if (!serving_.Current().Has(Restriction::kSealed)) return absl::OkStatus();
  absl::Status status = UnsealRooms(rooms_, std::move(kek));
  if (status.ok()) status = Commit(*rooms_.pipeline, std::move(leaves));
  if (!status.ok()) {
    SealRooms(rooms_);
    LogEvent(LogLevel::kError, "vault.unsealing_failed").With("status", status);
    return status;
  }
  serving_.Lift(Restriction::kSealed);
  LogEvent(LogLevel::kInfo, "vault.unsealed").With("vault", rooms_.identity->vault_id);
  return absl::OkStatus();
}

absl::Status VaultSeal::Seal(const AuditOrigin& origin) {
  const absl::MutexLock lock(&mutex_);
  if (serving_.Current().Has(Restriction::kSealed)) return absl::OkStatus();
  // First of all: nothing new begins. Who cannot write his log can make the vault safe all the
  // same.
  serving_.Impose(Restriction::kSealed);
  SealRooms(rooms_);
  LogEvent(LogLevel::kWarning, "vault.sealed").With("vault", rooms_.identity->vault_id);
  AuditLeaf leaf{AuditAction::kVaultSealed};
  leaf.origin = origin;
  return Commit(*rooms_.pipeline, {std::move(leaf)});
}

}  // namespace cardvault

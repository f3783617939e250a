#include "server/vault_seal.h"

#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "base/version.h"
#include "server/start_measures.h"
#include "server/telling.h"
#include "vault/keyring_row_store.h"

namespace cardvault {
absl::Status VaultSeal::Unseal(std::shared_ptr<KekProvider> kek, std::vector<AuditLeaf> leaves) {
  const absl::MutexLock lock(&mutex_);
  if (!serving_.Current().Has(Restriction::kSealed)) return absl::OkStatus();
  absl::Status status = UnsealRooms(rooms_, std::move(kek));
  if (status.ok()) status = Tell(*rooms_.pipeline, std::move(leaves));
  if (!status.ok()) {
    SealRooms(rooms_);
    LogEvent(LogLevel::kError, "vault.unsealing_failed").With("status", status);
    return status;
  }
  serving_.Lift(Restriction::kSealed);
  LogEvent(LogLevel::kInfo, "vault.unsealed").With("vault", rooms_.identity->vault_id);
  return absl::OkStatus();
}

absl::Status VaultSeal::Admit(const Warrant& warrant) {
  const absl::MutexLock lock(&mutex_);
  KeyringRowStore store(*rooms_.engine, *rooms_.pipeline, warrant);
  RETURN_IF_ERROR(rooms_.keyring_manager->ReplaceAll(store));
  LogEvent(LogLevel::kWarning, "store.admitted").With("vault", rooms_.identity->vault_id);
  RETURN_IF_ERROR(rooms_.approved_config->Settle());
  RETURN_IF_ERROR(rooms_.changes->ResolveRestart());
  RETURN_IF_ERROR(SettleRooms(rooms_));
  // What the start could not enter.
  ASSIGN_OR_RETURN(std::vector<AuditLeaf> leaves,
                   MeasureStart("/proc/self/exe", *rooms_.approved_config));
  AuditLeaf started{AuditAction::kLogStarted};
  started.origin.principal = "cardvaultd";
  started.object = kVersion;
  leaves.insert(leaves.begin(), std::move(started));
  RETURN_IF_ERROR(Tell(*rooms_.pipeline, std::move(leaves)));
  // Outside at once: until it is there nothing but the store says which log this is.
  RETURN_IF_ERROR(rooms_.checkpointer->SignNow().status());
  serving_.Lift(Restriction::kNotAdmitted);
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
  return Tell(*rooms_.pipeline, {std::move(leaf)});
}

}  // namespace cardvault

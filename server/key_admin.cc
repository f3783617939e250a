#include "server/key_admin.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/status.h"
#include "keys/key_state.h"
#include "keys/keyring.h"
#include "keys/keyring_change.h"
#include "server/key_text.h"
#include "vault/backup/backup_rows.h"
#include "vault/keyring_row_store.h"

namespace cardvault {
absl::StatusOr<KeyCensus> KeyAdmin::TakeCensus(const AuditOrigin& origin) {
  if (counting_.exchange(true)) {
    return Aborted(ErrorReason::kInProgress, "what rests under the keys is being counted already");
  }
  const absl::Cleanup done = [this] { counting_.store(false); };
  return KeyCensus::Take(parts_.engine, parts_.pipeline, parts_.keyring, origin,
                         [this] { return stopping_.load(); });
}

bool KeyAdmin::PurgeKeys() {
  const absl::Status purged = parts_.purge_keys();
  purge_due_.store(!purged.ok());
  if (!purged.ok()) LogEvent(LogLevel::kWarning, "key.not_purged").With("status", purged);
  return purged.ok();
}

void KeyAdmin::Tick() {
  if (purge_due_.load()) PurgeKeys();
}

absl::StatusOr<KeyVersionInfo> KeyAdmin::Find(KeyPurpose purpose, uint32_t version) const {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, parts_.keyring.Snapshot());
  for (const KeyVersionInfo& key : keyring->Inventory()) {
    if (key.purpose == purpose && key.version == version) return key;
  }
  return NotFound(ErrorReason::kNotFound, "there is no such version of this key");
}

absl::StatusOr<admin::v1::ListKeysResponse> KeyAdmin::List(
    const Caller& caller, const admin::v1::ListKeysRequest& request) {
  std::optional<KeyCensus> census;
  if (request.count_records()) {
    ASSIGN_OR_RETURN(census, TakeCensus(caller.origin));
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, parts_.keyring.Snapshot());
  admin::v1::ListKeysResponse response;
  for (const KeyVersionInfo& key : keyring->Inventory()) {
    admin::v1::KeyVersionInfo& shown = *response.add_keys();
    shown = ShownKey(key);
    if (!census.has_value()) continue;
    const KeyCount count = census->Of(key.purpose, key.version);
    shown.set_record_count(static_cast<int64_t>(count.records));
    shown.set_trace_count(static_cast<int64_t>(count.traces));
  }
  for (const KekVersionInfo& kek : keyring->keks()) *response.add_keks() = ShownKek(kek);
  if (census.has_value()) {
    response.set_scanned_row_count(static_cast<int64_t>(census->scanned_rows()));
    response.set_unreadable_row_count(static_cast<int64_t>(census->unreadable_rows()));
  }
  return response;
}

absl::StatusOr<admin::v1::RotateKeyResponse> KeyAdmin::Rotate(
    const Warrant& warrant, const admin::v1::RotateKeyRequest& request) {
  ASSIGN_OR_RETURN(const KeyPurpose purpose, PurposeNamed(request.purpose()));
  KeyringRowStore store(parts_.engine, parts_.pipeline, warrant);
  ASSIGN_OR_RETURN(const uint32_t version, parts_.manager.Rotate(purpose, store));
  admin::v1::RotateKeyResponse response;
  ASSIGN_OR_RETURN(const KeyVersionInfo key, Find(purpose, version));
  *response.mutable_key() = ShownKey(key);
  return response;
}

absl::StatusOr<admin::v1::MarkKeyCompromisedResponse> KeyAdmin::MarkCompromised(
    const Warrant& warrant, const admin::v1::MarkKeyCompromisedRequest& request) {
  ASSIGN_OR_RETURN(const KeyPurpose purpose, PurposeNamed(request.purpose()));
  const auto version = static_cast<uint32_t>(request.version());
  KeyringRowStore store(parts_.engine, parts_.pipeline, warrant);
  RETURN_IF_ERROR(parts_.manager.Compromise(purpose, version, store).status());
  admin::v1::MarkKeyCompromisedResponse response;
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, parts_.keyring.Snapshot());
  for (const KeyVersionInfo& key : keyring->Inventory()) {
    if (key.purpose != purpose) continue;
    if (key.version == version) *response.mutable_key() = ShownKey(key);
    if (CanEncrypt(key.state)) *response.mutable_active() = ShownKey(key);
  }
  // The mark stands: what stands in the way of the job is told by the job.
  response.set_reencryption_started(parts_.job.Start(purpose, warrant.origin).ok());
  return response;
}

absl::Status KeyAdmin::CheckDestroy(const admin::v1::DestroyKeyRequest& request) const {
  ASSIGN_OR_RETURN(const KeyPurpose purpose, PurposeNamed(request.purpose()));
  ASSIGN_OR_RETURN(const KeyVersionInfo key,
                   Find(purpose, static_cast<uint32_t>(request.version())));
  if (CanBecome(key.state, KeyState::kDestroyed)) return absl::OkStatus();
  return FailedPrecondition(ErrorReason::kKeyState,
                            "the key version encrypts, or is destroyed already");
}

absl::StatusOr<admin::v1::DestroyKeyResponse> KeyAdmin::Destroy(
    const Warrant& warrant, const admin::v1::DestroyKeyRequest& request) {
  ASSIGN_OR_RETURN(const KeyPurpose purpose, PurposeNamed(request.purpose()));
  const auto version = static_cast<uint32_t>(request.version());
  KeyringRowStore store(parts_.engine, parts_.pipeline, warrant);
  std::vector<std::string> backups;
  const auto scan = [&]() -> absl::StatusOr<DestructionProof> {
    ASSIGN_OR_RETURN(const KeyCensus census, TakeCensus(warrant.origin));
    ASSIGN_OR_RETURN(const KeyVersionInfo key, Find(purpose, version));
    DestructionProof proof;
    proof.rows_scanned = census.scanned_rows();
    proof.audit_entries = census.audit_entry_count();
    proof.rows_under = census.Of(purpose, version).all();
    if (proof.rows_under == 0 && !census.ProvesUnused(purpose, version)) {
      return DataLoss("rows cannot be read, so that nobody knows which keys they need");
    }
    ASSIGN_OR_RETURN(backups, BackupsSince(parts_.engine, key.create_time));
    proof.backups_under = backups.size();
    return proof;
  };
  ASSIGN_OR_RETURN(const DestructionProof proof,
                   parts_.manager.Destroy(purpose, version, store, scan));
  admin::v1::DestroyKeyResponse response;
  response.set_purged(PurgeKeys());
  response.set_scanned_row_count(static_cast<int64_t>(proof.rows_scanned));
  response.set_audit_entry_count(static_cast<int64_t>(proof.audit_entries));
  response.set_backup_count(static_cast<int64_t>(proof.backups_under));
  for (const std::string& id : backups) response.add_backup_ids(id);
  ASSIGN_OR_RETURN(const KeyVersionInfo key, Find(purpose, version));
  *response.mutable_key() = ShownKey(key);
  return response;
}

absl::StatusOr<admin::v1::StartReencryptionResponse> KeyAdmin::StartReencryption(
    const Caller& caller, const admin::v1::StartReencryptionRequest& request) {
  ASSIGN_OR_RETURN(const KeyPurpose purpose, PurposeNamed(request.purpose()));
  RETURN_IF_ERROR(parts_.job.Start(purpose, caller.origin));
  admin::v1::StartReencryptionResponse response;
  *response.mutable_progress() = Progress();
  return response;
}

absl::StatusOr<admin::v1::PauseReencryptionResponse> KeyAdmin::PauseReencryption(
    const Caller& caller, const admin::v1::PauseReencryptionRequest&) {
  RETURN_IF_ERROR(parts_.job.Pause(caller.origin));
  admin::v1::PauseReencryptionResponse response;
  *response.mutable_progress() = Progress();
  return response;
}

absl::StatusOr<admin::v1::ResumeReencryptionResponse> KeyAdmin::ResumeReencryption(
    const Caller& caller, const admin::v1::ResumeReencryptionRequest&) {
  RETURN_IF_ERROR(parts_.job.Resume(caller.origin));
  admin::v1::ResumeReencryptionResponse response;
  *response.mutable_progress() = Progress();
  return response;
}

admin::v1::ReencryptionProgress KeyAdmin::Progress() const {
  return ShownProgress(parts_.job.GetProgress());
}

}  // namespace cardvault

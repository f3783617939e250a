// What administrators change in a keyring: the rest of the class is in keyring_manager.cc.

#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/protections.h"
#include "base/status.h"
#include "keys/key_purpose.h"
#include "keys/key_state.h"
#include "keys/keyring_change.h"
#include "keys/keyring_document.h"
#include "keys/keyring_edit.h"
#include "keys/keyring_manager.h"

namespace cardvault {

absl::Status KeyringManager::UnsealFrozen(std::shared_ptr<KekProvider> kek,
                                          absl::string_view admission_digest) {
  absl::MutexLock lock(&mutex_);
  if (document_.has_value()) return absl::OkStatus();
  return Open(std::move(kek), admission_digest, /*is_frozen=*/true);
}

absl::Status KeyringManager::ReplaceAll(absl::string_view admission_digest, KeyringStore& store) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckUnsealed());
  const auto all = AllPurposes();
  std::vector<KeyPurpose> replaced(all.begin(), all.end());
  if (ProtectionIsOff(Protection::kNewKeys)) std::erase(replaced, KeyPurpose::kPan);
  RETURN_IF_ERROR(ChangeOrRefresh(
      [&](KeyringDocument& document, KeyringChange& change) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        document.admission_digest = std::string(admission_digest);
        return ActivateNext(
            replaced, [this](KeyPurpose purpose) { return LimitsOf(purpose); }, clock_.Now(), *kek_,
            document, change);
      },
      store));
  is_frozen_ = false;
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> KeyringManager::Rotate(KeyPurpose purpose, KeyringStore& store) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckUnsealed());
  int live_count = 0;
  for (const KeyringDocument::Entry& entry : document_->entries) {
    if (entry.info.purpose == purpose && entry.info.state != KeyState::kDestroyed) ++live_count;
  }
  if (live_count >= kMaxLiveVersions) {
    return ResourceExhausted(ErrorReason::kLimit,
                             "too many versions of this key are there: destroy the earliest first");
  }
  RETURN_IF_ERROR(Activate({purpose}, store));
  return document_->entries.back().info.version;
}

absl::StatusOr<uint32_t> KeyringManager::Compromise(KeyPurpose purpose, uint32_t version,
                                                    KeyringStore& store) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckUnsealed());
  const KeyringDocument::Entry* const present = FindVersion(*document_, purpose, version);
  if (present != nullptr && present->info.state == KeyState::kCompromised) return 0;
  bool replaced = false;
  RETURN_IF_ERROR(ChangeOrRefresh(
      [&](KeyringDocument& document,
          KeyringChange& change) ABSL_NO_THREAD_SAFETY_ANALYSIS -> absl::Status {
        KeyringDocument::Entry* const entry = FindVersion(document, purpose, version);
        if (entry == nullptr) {
          return NotFound(ErrorReason::kNotFound, "there is no such version of this key");
        }
        if (entry->info.state == KeyState::kDestroyed) {
          return FailedPrecondition(ErrorReason::kKeyState, "the key version is destroyed already");
        }
        replaced = CanEncrypt(entry->info.state);
        entry->info.state = KeyState::kCompromised;
        change.compromised = {purpose, version};
        if (!replaced) return absl::OkStatus();
        return ActivateNext(
            {purpose}, [this](KeyPurpose next) { return LimitsOf(next); }, clock_.Now(), *kek_,
            document, change);
      },
      store));
  return replaced ? document_->entries.back().info.version : 0;
}

absl::StatusOr<DestructionProof> KeyringManager::Destroy(
    KeyPurpose purpose, uint32_t version, KeyringStore& store,
    absl::FunctionRef<absl::StatusOr<DestructionProof>()> scan) {
  {
    absl::MutexLock lock(&mutex_);
    RETURN_IF_ERROR(CheckUnsealed());
    RETURN_IF_ERROR(CheckDestroyable(*document_, purpose, version));
  }
  // Without the lock: it may take minutes, in which uses are reserved.
  ASSIGN_OR_RETURN(const DestructionProof proof, scan());
  if (proof.rows_under != 0) {
    return FailedPrecondition(ErrorReason::kKeyState,
                              "rows need this key version still: re-encrypt them first");
  }
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckUnsealed());
  RETURN_IF_ERROR(ChangeOrRefresh(
      [&](KeyringDocument& document, KeyringChange& change) {
        RETURN_IF_ERROR(CheckDestroyable(document, purpose, version));
        cardvault::Destroy(purpose, version, proof, document, change);
        return absl::OkStatus();
      },
      store));
  return proof;
}

absl::Status KeyringManager::Rewrap(std::shared_ptr<KekProvider> next, KeyringStore& store) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckUnsealed());
  if (next->check_value() == kek_->check_value()) {
    return FailedPrecondition(ErrorReason::kKeyState, "this KEK wraps the keyring already");
  }
  for (int tries = 0;; ++tries) {
    ASSIGN_OR_RETURN(KeyringDocument rewrapped,
                     RewrapKeyringDocument(*document_, *kek_, *next, clock_.Now()));
    ++rewrapped.revision;
    KeyringChange change;
    change.rewrapped = {rewrapped.kek.provider, rewrapped.kek.generation,
                        rewrapped.kek.check_value};
    const absl::Status status = Save(rewrapped, change, store);
    if (status.ok()) {
      document_ = std::move(rewrapped);
      kek_ = std::move(next);
      break;
    }
    if (!absl::IsAborted(status) || tries > 0) {
      // It may be there all the same: the next change finds out.
      if (absl::IsUnavailable(status)) doubtful_keks_.push_back(std::move(next));
      return status;
    }
    RETURN_IF_ERROR(Refresh());
  }
  Publish();
  LogEvent(LogLevel::kInfo, "kek.rotated");
  return absl::OkStatus();
}

absl::Status KeyringManager::EnterKekDestructionBegun(absl::string_view check_value,
                                                      absl::string_view place,
                                                      KeyringStore& store) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckUnsealed());
  return ChangeOrRefresh(
      [&](KeyringDocument& document, KeyringChange& change) {
        return BeginKekDestruction(check_value, place, document, change);
      },
      store);
}

absl::Status KeyringManager::EnterKekDestroyed(absl::string_view check_value, KeyringStore& store) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(CheckUnsealed());
  return ChangeOrRefresh(
      [&](KeyringDocument& document, KeyringChange& change) {
        return DestroyKek(check_value, clock_.Now(), document, change);
      },
      store);
}

}  // namespace cardvault

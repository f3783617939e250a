#include "keys/keyring_manager.h"

#include <algorithm>
#include <optional>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/status.h"
#include "keys/key_purpose.h"
#include "keys/key_state.h"
#include "keys/keyring.h"
#include "keys/keyring_change.h"
#include "keys/keyring_document.h"
#include "keys/keyring_edit.h"
#include "keys/live_keys.h"
#include "keys/reserve_signal.h"

namespace cardvault {
namespace {

// After a reservation that could not be saved: while half a block is left there is time, and a
// store that is down is asked at most this often.
constexpr absl::Duration kFirstRetry = absl::Milliseconds(50);
constexpr absl::Duration kLastRetry = absl::Seconds(2);

absl::Duration MaxAgeOf(KeyPurpose purpose, const KeyringManager::Options& options) {
  switch (AlgorithmOf(purpose)) {
    case KeyAlgorithm::kAes256Gcm:
      return options.max_aead_age;
    case KeyAlgorithm::kHmacSha256:
      return options.max_mac_age;
    case KeyAlgorithm::kEd25519:
      return options.max_signing_age;
  }
  CV_CHECK(false);
  return options.max_aead_age;
}

}  // namespace

KeyringManager::KeyringManager(KeyringStore& store, KeyringHolder& holder, const Clock& clock,
                               Options options)
    : store_(store), holder_(holder), clock_(clock), options_(options) {
  CV_CHECK(options_.max_uses >= 1 && options_.max_uses <= kHardMaxUses);
  CV_CHECK(options_.use_block >= 1 && options_.use_block <= kHardMaxUses);
  reserver_ = std::thread([this] { RunReserver(); });
}

KeyringManager::~KeyringManager() {
  Seal();
  signal_->Stop();
  reserver_.join();
}

LiveKeys KeyringManager::NewLiveKeys() const {
  return LiveKeys(options_.use_block, [signal = signal_] { signal->Request(); });
}

VersionLimits KeyringManager::LimitsOf(KeyPurpose purpose) const {
  VersionLimits limits;
  limits.max_uses = options_.max_uses;
  limits.use_block = options_.use_block;
  limits.use_period = MaxAgeOf(purpose, options_) + kRotationGrace;
  return limits;
}

absl::Status KeyringManager::Create(const VaultId& vault_id, KekProvider& kek) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const std::optional<std::string> present, store_.Load());
  if (present.has_value()) {
    return FailedPrecondition(ErrorReason::kPolicy, "the vault has a keyring already");
  }
  ASSIGN_OR_RETURN(const uint64_t audited, store_.LastAuditedRevision());
  if (audited != 0) {
    return FailedPrecondition(ErrorReason::kPolicy,
                              "the vault had a keyring by its audit log: it is not replaced");
  }
  const absl::Time now = clock_.Now();
  ASSIGN_OR_RETURN(KeyringDocument document,
                   NewKeyringDocument(vault_id.value(), options_.mode, now, kek));
  for (const KeyPurpose purpose : AllPurposes()) {
    ASSIGN_OR_RETURN(KeyringDocument::Entry entry,
                     NewKeyringEntry(document, purpose, /*version=*/1, KeyState::kActive, now,
                                     LimitsOf(purpose), kek));
    document.entries.push_back(std::move(entry));
  }
  document.revision = 1;
  return Save(document, {}, store_);
}

absl::StatusOr<KekVersionInfo> KeyringManager::ReadKek() {
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes, store_.Load());
  if (!bytes.has_value()) return NotFound(ErrorReason::kNotFound, "the vault has no keyring yet");
  return ReadKekOfKeyring(*bytes);
}

absl::Status KeyringManager::Open(std::shared_ptr<KekProvider> kek, bool is_frozen) {
  ASSIGN_OR_RETURN(KeyringDocument document, Load(*kek));
  LiveKeys live = NewLiveKeys();
  RETURN_IF_ERROR(live.Append(document, *kek));
  document_ = std::move(document);
  live_.emplace(std::move(live));
  is_frozen_ = is_frozen;
  if (absl::Status status = is_frozen ? absl::OkStatus() : Reserve(); !status.ok()) {
    document_.reset();
    live_.reset();
    return status;
  }
  kek_ = std::move(kek);
  Publish();
  return absl::OkStatus();
}

absl::Status KeyringManager::Unseal(std::shared_ptr<KekProvider> kek) {
  absl::MutexLock lock(&mutex_);
  if (document_.has_value()) return absl::OkStatus();
  RETURN_IF_ERROR(Open(std::move(kek), /*is_frozen=*/false));
  // One that is too old, or used up, opens; the next try to replace it is the reserver's.
  if (absl::Status status = ActivateDue(); !status.ok()) {
    LogEvent(LogLevel::kError, "keyring.rotation_failed").With("status", status);
    signal_->Request();
  }
  return absl::OkStatus();
}

void KeyringManager::Seal() {
  // First of all, and without waiting for a reservation under way: no new reader gets a key.
  holder_.Seal();
  absl::MutexLock lock(&mutex_);
  holder_.Seal();  // what that reservation published
  if (!document_.has_value()) return;
  KeyringDocument document = *std::move(document_);
  // What is left of the blocks goes back, else each restart would cost a key a block of its life.
  const bool unused = live_->GiveBack(document) && !is_frozen_;
  document_.reset();
  live_.reset();  // before the save, which may wait for a disk: no key outlives this
  kek_.reset();
  doubtful_keks_.clear();
  if (!unused) return;
  ++document.revision;
  if (absl::Status status = Save(document, {}, store_); !status.ok()) {
    LogEvent(LogLevel::kWarning, "keyring.unused_not_returned").With("status", status);
  }
}

absl::StatusOr<KeyringDocument> KeyringManager::Load(KekProvider& kek) {
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes, store_.Load());
  ASSIGN_OR_RETURN(const uint64_t audited, store_.LastAuditedRevision());
  if (!bytes.has_value()) {
    if (audited != 0) return DataLoss("the keyring is gone: the audit log knows one");
    return NotFound(ErrorReason::kNotFound, "the vault has no keyring yet");
  }
  ASSIGN_OR_RETURN(KeyringDocument document, OpenKeyringDocument(*bytes, kek));
  if (document.mode != options_.mode) {
    return FailedPrecondition(ErrorReason::kMode, "the keyring belongs to a vault of another mode");
  }
  if (document.revision < audited) {
    return DataLoss("the keyring is older than the audit log's: an old one was put back");
  }
  return document;
}

absl::Status KeyringManager::Save(const KeyringDocument& document, const KeyringChange& change,
                                  KeyringStore& store) {
  const std::string bytes = SerializeKeyringDocument(document);
  if (bytes.size() > kMaxKeyringDocumentSize) {  // it would not open again
    return ResourceExhausted(ErrorReason::kLimit, "the keyring has no room for more key versions");
  }
  return store.Save(bytes, document.revision, change);
}

absl::Status KeyringManager::Reserve() {
  KeyringDocument next = *document_;
  ++next.revision;
  const LiveKeys::Reservation reservation = live_->Reserve(clock_.Now(), next);
  if (reservation.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(Save(next, {}, store_));
  // On disk first, in use after: a crash in between loses uses and never makes any.
  document_ = std::move(next);
  live_->GiveOut(reservation);
  return absl::OkStatus();
}

absl::Status KeyringManager::Refresh() {
  ASSIGN_OR_RETURN(const KekVersionInfo wrapping, ReadKek());
  std::shared_ptr<KekProvider> kek = kek_;
  for (const std::shared_ptr<KekProvider>& doubtful : doubtful_keks_) {
    if (doubtful->check_value() == wrapping.check_value) kek = doubtful;
  }
  ASSIGN_OR_RETURN(KeyringDocument stored, Load(*kek));
  if (!CameOf(*document_, stored)) {
    return Aborted(ErrorReason::kRevision, "the stored keyring is not the open one any more");
  }
  // Of versions that stand there nothing was taken here: a block of their own is reserved when it
  // is wanted.
  RETURN_IF_ERROR(live_->Append(stored, *kek));
  live_->ForgetDestroyed(stored);
  document_ = std::move(stored);
  kek_ = std::move(kek);
  doubtful_keks_.clear();
  return absl::OkStatus();
}

bool KeyringManager::IsDue(size_t entry) const {
  const KeyVersionInfo& info = document_->entries[entry].info;
  if (!CanEncrypt(info.state)) return false;
  if (clock_.Now() - info.create_time >= MaxAgeOf(info.purpose, options_)) return true;
  return live_->IsUsedUp(entry, *document_);
}

absl::Status KeyringManager::CheckUnsealed() const {
  if (document_.has_value()) return absl::OkStatus();
  return FailedPrecondition(ErrorReason::kVaultSealed, "the vault is sealed");
}

absl::Status KeyringManager::Change(Edit edit, KeyringStore& store) {
  KeyringDocument next = *document_;
  ++next.revision;
  KeyringChange change;
  RETURN_IF_ERROR(edit(next, change));
  // What the KEK cannot open again is never used.
  LiveKeys live = *live_;
  RETURN_IF_ERROR(live.Append(next, *kek_));
  RETURN_IF_ERROR(Save(next, change, store));
  live.GiveOutFrom(live_->size(), next);
  live.ForgetDestroyed(next);
  live_.emplace(std::move(live));
  document_ = std::move(next);
  for (const KeyringChange::KeyVersion& key : change.activated) {
    LogEvent(LogLevel::kInfo, "key.activated")
        .With("purpose", key.purpose)
        .With("version", key.version);
  }
  return absl::OkStatus();
}

absl::Status KeyringManager::ChangeOrRefresh(Edit edit, KeyringStore& store) {
  absl::Status status = Change(edit, store);
  if (absl::IsAborted(status)) {
    RETURN_IF_ERROR(Refresh());
    Publish();
    status = Change(edit, store);
  }
  if (status.ok()) Publish();
  return status;
}

absl::Status KeyringManager::Activate(const std::vector<KeyPurpose>& purposes,
                                      KeyringStore& store) {
  return ChangeOrRefresh(
      [&](KeyringDocument& document, KeyringChange& change) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        return ActivateNext(
            purposes, [this](KeyPurpose purpose) { return LimitsOf(purpose); }, clock_.Now(), *kek_,
            document, change);
      },
      store);
}

absl::Status KeyringManager::ActivateDue() {
  std::vector<KeyPurpose> due;
  for (size_t i = 0; i < live_->size(); ++i) {
    if (IsDue(i)) due.push_back(document_->entries[i].info.purpose);
  }
  for (const KeyPurpose purpose : AllPurposes()) {
    const bool has_none = std::none_of(
        document_->entries.begin(), document_->entries.end(),
        [&](const KeyringDocument::Entry& entry) { return entry.info.purpose == purpose; });
    if (has_none) due.push_back(purpose);
  }
  return due.empty() ? absl::OkStatus() : Activate(due, store_);
}

absl::Status KeyringManager::RotateDue() {
  absl::MutexLock lock(&mutex_);
  if (!document_.has_value() || is_frozen_) return absl::OkStatus();
  const absl::Status status = ActivateDue();
  live_->EndExpired(clock_.Now(), *document_);  // what could not be replaced
  return status;
}

void KeyringManager::Publish() { holder_.Set(live_->Snapshot(*document_)); }

void KeyringManager::RunReserver() {
  absl::Duration retry = kFirstRetry;
  while (signal_->Await(kAgeCheckInterval)) {
    absl::Status status;
    {
      absl::MutexLock lock(&mutex_);
      if (!document_.has_value() || is_frozen_) continue;  // sealed meanwhile
      status = Reserve();
      if (absl::IsAborted(status)) {
        status = Refresh();
        if (status.ok()) status = Reserve();
      }
      if (status.ok()) {
        Publish();
        status = ActivateDue();
        live_->EndExpired(clock_.Now(), *document_);
      }
    }
    if (status.ok()) {
      retry = kFirstRetry;
      continue;
    }
    LogEvent(LogLevel::kError, "keyring.reservation_failed").With("status", status);
    signal_->Sleep(retry);
    retry = std::min(2 * retry, kLastRetry);
    signal_->Request();
  }
}

}  // namespace cardvault

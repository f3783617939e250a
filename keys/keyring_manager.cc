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
#include "keys/aead_key.h"
#include "keys/key_material.h"
#include "keys/key_purpose.h"
#include "keys/key_state.h"
#include "keys/keyring.h"
#include "keys/keyring_change.h"
#include "keys/keyring_document.h"
#include "keys/mac_key.h"
#include "keys/reserve_signal.h"
#include "keys/use_counter.h"

namespace cardvault {
namespace {

// After a reservation that could not be saved: while half a block is left there is time, and a
// store that is down is asked at most this often.
constexpr absl::Duration kFirstRetry = absl::Milliseconds(50);
constexpr absl::Duration kLastRetry = absl::Seconds(2);

// Whether `stored` can have come of `open`: further versions behind those of `open`, which have
// more reserved uses, or a later state, and are the same else.
bool CameOf(const KeyringDocument& open, const KeyringDocument& stored) {
  if (open.vault_id != stored.vault_id || open.entries.size() > stored.entries.size()) {
    return false;
  }
  for (size_t i = 0; i < open.entries.size(); ++i) {
    const KeyringDocument::Entry& x = open.entries[i];
    const KeyringDocument::Entry& y = stored.entries[i];
    if (x.key_id != y.key_id || x.info.purpose != y.info.purpose ||
        x.info.version != y.info.version || x.info.max_uses != y.info.max_uses ||
        (x.info.state != y.info.state && !CanBecome(x.info.state, y.info.state)) ||
        x.info.reserved_uses > y.info.reserved_uses) {
      return false;
    }
  }
  return true;
}

}  // namespace

class KeyringManager::Impl final {
 public:
  Impl(KekProvider& kek, KeyringStore& store, KeyringHolder& holder, const Clock& clock,
       Options options);
  ~Impl();

  absl::Status Create(const VaultId& vault_id) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status Unseal() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<uint32_t> Rotate(KeyPurpose purpose, KeyringStore& store)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status RotateDue() ABSL_LOCKS_EXCLUDED(mutex_);
  void Seal() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // An unwrapped key version: the entry of the same index in document_.
  struct LiveKey {
    std::shared_ptr<const AeadKey> aead;  // one of the two, neither when destroyed
    std::shared_ptr<const MacKey> mac;
    std::shared_ptr<UseCounter> counter;  // of `aead`
  };

  absl::StatusOr<KeyringDocument> Load();
  // Of the entries from `first` on.
  absl::StatusOr<std::vector<LiveKey>> Unwrap(const KeyringDocument& document, size_t first);
  absl::Status Save(const KeyringDocument& document, const KeyringChange& change,
                    KeyringStore& store);

  // Reserves a block for every active key that has half of one left or less.
  absl::Status Reserve() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the active version of an entry must be followed by another one.
  bool IsDue(size_t entry) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Makes the next version of each purpose active, in one revision.
  absl::Status Activate(const std::vector<KeyPurpose>& purposes, KeyringStore& store)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The same once more with the stored document when another was there first.
  absl::Status ActivateOrRefresh(const std::vector<KeyPurpose>& purposes, KeyringStore& store)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ActivateDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Adopts the stored document after another writer, or a save of ours whose answer was lost,
  // made the one in memory stale.
  absl::Status Refresh() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunReserver() ABSL_LOCKS_EXCLUDED(mutex_);

  // Constant after construction.
  KekProvider& kek_;
  KeyringStore& store_;
  KeyringHolder& holder_;
  const Clock& clock_;
  const Options options_;
  const std::shared_ptr<ReserveSignal> signal_ = std::make_shared<ReserveSignal>();

  // Held across the store's blocking calls: one change of the document at a time. No reader of
  // keys ever waits for it.
  absl::Mutex mutex_;
  std::optional<KeyringDocument> document_ ABSL_GUARDED_BY(mutex_);  // none while sealed
  std::vector<LiveKey> live_ ABSL_GUARDED_BY(mutex_);

  std::thread reserver_;  // last: starts when all else is there
};

KeyringManager::Impl::Impl(KekProvider& kek, KeyringStore& store, KeyringHolder& holder,
                           const Clock& clock, Options options)
    : kek_(kek), store_(store), holder_(holder), clock_(clock), options_(options) {
  CV_CHECK(options_.max_uses >= 1 && options_.max_uses <= kHardMaxUses);
  CV_CHECK(options_.use_block >= 1 && options_.use_block <= kHardMaxUses);
  reserver_ = std::thread([this] { RunReserver(); });
}

KeyringManager::Impl::~Impl() {
  Seal();
  signal_->Stop();
  reserver_.join();
}

absl::Status KeyringManager::Impl::Create(const VaultId& vault_id) {
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
  ASSIGN_OR_RETURN(KeyringDocument document,
                   NewKeyringDocument(vault_id.value(), options_.mode, kek_));
  const absl::Time now = clock_.Now();
  for (const KeyPurpose purpose : AllPurposes()) {
    ASSIGN_OR_RETURN(KeyringDocument::Entry entry,
                     NewKeyringEntry(document, purpose, /*version=*/1, KeyState::kActive, now,
                                     options_.max_uses, kek_));
    document.entries.push_back(std::move(entry));
  }
  document.revision = 1;
  return Save(document, {}, store_);
}

absl::Status KeyringManager::Impl::Unseal() {
  absl::MutexLock lock(&mutex_);
  if (document_.has_value()) return absl::OkStatus();
  ASSIGN_OR_RETURN(KeyringDocument document, Load());
  ASSIGN_OR_RETURN(std::vector<LiveKey> live, Unwrap(document, 0));
  document_ = std::move(document);
  live_ = std::move(live);
  if (absl::Status status = Reserve(); !status.ok()) {
    document_.reset();
    live_.clear();
    return status;
  }
  Publish();
  // One that is too old, or used up, opens; the next try to replace it is the reserver's.
  if (absl::Status status = ActivateDue(); !status.ok()) {
    LogEvent(LogLevel::kError, "keyring.rotation_failed").With("status", status);
    signal_->Request();
  }
  return absl::OkStatus();
}

void KeyringManager::Impl::Seal() {
  // First of all, and without waiting for a reservation under way: no new reader gets a key.
  holder_.Seal();
  absl::MutexLock lock(&mutex_);
  holder_.Seal();  // what that reservation published
  if (!document_.has_value()) return;
  KeyringDocument document = *std::move(document_);
  document_.reset();
  // What is left of the blocks goes back, else each restart would cost a key a block of its life.
  // A closed counter gives no more, so what stays reserved covers all that was taken.
  bool unused = false;
  for (size_t i = 0; i < live_.size(); ++i) {
    if (live_[i].counter == nullptr) continue;
    const uint64_t left = live_[i].counter->Close();
    CV_CHECK(left <= document.entries[i].info.reserved_uses);
    document.entries[i].info.reserved_uses -= left;
    unused = unused || left > 0;
  }
  live_.clear();
  if (!unused) return;
  ++document.revision;
  if (absl::Status status = Save(document, {}, store_); !status.ok()) {
    LogEvent(LogLevel::kWarning, "keyring.unused_not_returned").With("status", status);
  }
}

absl::StatusOr<KeyringDocument> KeyringManager::Impl::Load() {
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes, store_.Load());
  ASSIGN_OR_RETURN(const uint64_t audited, store_.LastAuditedRevision());
  if (!bytes.has_value()) {
    if (audited != 0) return DataLoss("the keyring is gone: the audit log knows one");
    return NotFound(ErrorReason::kNotFound, "the vault has no keyring yet");
  }
  ASSIGN_OR_RETURN(KeyringDocument document, OpenKeyringDocument(*bytes, kek_));
  if (document.mode != options_.mode) {
    return FailedPrecondition(ErrorReason::kMode, "the keyring belongs to a vault of another mode");
  }
  if (document.revision < audited) {
    return DataLoss("the keyring is older than the audit log's: an old one was put back");
  }
  return document;
}

absl::StatusOr<std::vector<KeyringManager::Impl::LiveKey>> KeyringManager::Impl::Unwrap(
    const KeyringDocument& document, size_t first) {
  std::vector<LiveKey> live(document.entries.size() - first);
  for (size_t i = 0; i < live.size(); ++i) {
    const KeyringDocument::Entry& entry = document.entries[first + i];
    if (entry.info.state == KeyState::kDestroyed) continue;
    ASSIGN_OR_RETURN(auto material, UnwrapKeyringEntry(document, entry, kek_));
    if (AlgorithmOf(entry.info.purpose) == KeyAlgorithm::kHmacSha256) {
      live[i].mac = std::make_shared<const MacKey>(entry.info.version, std::move(material));
      continue;
    }
    // Nothing is reserved yet, and for a version that is not active nothing ever will be: it opens
    // and cannot seal.
    live[i].counter = std::make_shared<UseCounter>(0, options_.use_block / 2,
                                                   [signal = signal_] { signal->Request(); });
    live[i].aead =
        std::make_shared<const AeadKey>(entry.info.version, std::move(material), live[i].counter);
  }
  return live;
}

absl::Status KeyringManager::Impl::Save(const KeyringDocument& document,
                                        const KeyringChange& change, KeyringStore& store) {
  const std::string bytes = SerializeKeyringDocument(document);
  if (bytes.size() > kMaxKeyringDocumentSize) {  // it would not open again
    return ResourceExhausted(ErrorReason::kLimit, "the keyring has no room for more key versions");
  }
  return store.Save(bytes, document.revision, change);
}

absl::Status KeyringManager::Impl::Reserve() {
  KeyringDocument next = *document_;
  ++next.revision;
  std::vector<uint64_t> added(live_.size(), 0);
  bool any = false;
  for (size_t i = 0; i < live_.size(); ++i) {
    KeyVersionInfo& info = next.entries[i].info;
    if (live_[i].counter == nullptr || !CanEncrypt(info.state)) continue;
    if (live_[i].counter->remaining() > options_.use_block / 2) continue;
    added[i] = std::min(options_.use_block, info.max_uses - info.reserved_uses);
    if (added[i] == 0) continue;  // the next version is due
    info.reserved_uses += added[i];
    any = true;
  }
  if (!any) return absl::OkStatus();
  RETURN_IF_ERROR(Save(next, {}, store_));
  // On disk first, in use after: a crash in between loses uses and never makes any.
  document_ = std::move(next);
  for (size_t i = 0; i < live_.size(); ++i) {
    if (added[i] > 0) live_[i].counter->Add(added[i]);
  }
  return absl::OkStatus();
}

absl::Status KeyringManager::Impl::Refresh() {
  ASSIGN_OR_RETURN(KeyringDocument stored, Load());
  if (!CameOf(*document_, stored)) {
    return Aborted(ErrorReason::kRevision, "the stored keyring is not the open one any more");
  }
  // Of versions that stand there nothing was taken here: a block of their own is reserved when it
  // is wanted.
  ASSIGN_OR_RETURN(std::vector<LiveKey> further, Unwrap(stored, live_.size()));
  for (LiveKey& key : further) live_.push_back(std::move(key));
  document_ = std::move(stored);
  return absl::OkStatus();
}

bool KeyringManager::Impl::IsDue(size_t entry) const {
  const KeyVersionInfo& info = document_->entries[entry].info;
  if (!CanEncrypt(info.state) || !CanRotateOnline(info.purpose)) return false;
  const bool is_aead = live_[entry].counter != nullptr;
  const absl::Duration max_age = is_aead ? options_.max_aead_age : options_.max_mac_age;
  if (clock_.Now() - info.create_time >= max_age) return true;
  return is_aead && info.reserved_uses == info.max_uses &&
         live_[entry].counter->remaining() <= options_.use_block / 2;
}

absl::Status KeyringManager::Impl::Activate(const std::vector<KeyPurpose>& purposes,
                                            KeyringStore& store) {
  KeyringDocument next = *document_;
  ++next.revision;
  KeyringChange change;
  for (const KeyPurpose purpose : purposes) {
    uint32_t newest = 0;
    for (KeyringDocument::Entry& entry : next.entries) {
      if (entry.info.purpose != purpose) continue;
      newest = std::max(newest, entry.info.version);
      if (CanEncrypt(entry.info.state)) entry.info.state = KeyState::kDeactivated;
    }
    ASSIGN_OR_RETURN(KeyringDocument::Entry entry,
                     NewKeyringEntry(next, purpose, newest + 1, KeyState::kActive, clock_.Now(),
                                     options_.max_uses, kek_));
    entry.info.reserved_uses = std::min(options_.use_block, entry.info.max_uses);
    next.entries.push_back(std::move(entry));
    change.activated.push_back({purpose, newest + 1});
  }
  // What the KEK cannot open again is never used.
  ASSIGN_OR_RETURN(std::vector<LiveKey> made, Unwrap(next, live_.size()));
  RETURN_IF_ERROR(Save(next, change, store));
  for (size_t i = 0; i < made.size(); ++i) {
    const KeyVersionInfo& info = next.entries[live_.size()].info;
    if (made[i].counter != nullptr) made[i].counter->Add(info.reserved_uses);
    LogEvent(LogLevel::kInfo, "key.activated")
        .With("purpose", info.purpose)
        .With("version", info.version);
    live_.push_back(std::move(made[i]));
  }
  document_ = std::move(next);
  return absl::OkStatus();
}

absl::Status KeyringManager::Impl::ActivateOrRefresh(const std::vector<KeyPurpose>& purposes,
                                                     KeyringStore& store) {
  absl::Status status = Activate(purposes, store);
  if (absl::IsAborted(status)) {
    RETURN_IF_ERROR(Refresh());
    status = Activate(purposes, store);
  }
  if (status.ok()) Publish();
  return status;
}

absl::Status KeyringManager::Impl::ActivateDue() {
  std::vector<KeyPurpose> due;
  for (size_t i = 0; i < live_.size(); ++i) {
    if (IsDue(i)) due.push_back(document_->entries[i].info.purpose);
  }
  return due.empty() ? absl::OkStatus() : ActivateOrRefresh(due, store_);
}

absl::StatusOr<uint32_t> KeyringManager::Impl::Rotate(KeyPurpose purpose, KeyringStore& store) {
  if (!CanRotateOnline(purpose)) {
    return Unimplemented(ErrorReason::kNotOffered,
                         "row keys are not moved yet, so that their key stays as it is");
  }
  absl::MutexLock lock(&mutex_);
  if (!document_.has_value()) {
    return FailedPrecondition(ErrorReason::kVaultSealed, "the vault is sealed");
  }
  RETURN_IF_ERROR(ActivateOrRefresh({purpose}, store));
  return document_->entries.back().info.version;
}

absl::Status KeyringManager::Impl::RotateDue() {
  absl::MutexLock lock(&mutex_);
  return document_.has_value() ? ActivateDue() : absl::OkStatus();
}

void KeyringManager::Impl::Publish() {
  std::vector<Keyring::Version> versions(live_.size());
  for (size_t i = 0; i < live_.size(); ++i) {
    versions[i].info = document_->entries[i].info;
    versions[i].aead = live_[i].aead;
    versions[i].mac = live_[i].mac;
  }
  holder_.Set(std::make_shared<const Keyring>(document_->vault_id, document_->revision,
                                              std::move(versions)));
}

void KeyringManager::Impl::RunReserver() {
  absl::Duration retry = kFirstRetry;
  while (signal_->Await(kAgeCheckInterval)) {
    absl::Status status;
    {
      absl::MutexLock lock(&mutex_);
      if (!document_.has_value()) continue;  // sealed meanwhile
      status = Reserve();
      if (absl::IsAborted(status)) {
        status = Refresh();
        if (status.ok()) status = Reserve();
      }
      if (status.ok()) {
        Publish();
        status = ActivateDue();
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

KeyringManager::KeyringManager(KekProvider& provider, KeyringStore& store, KeyringHolder& holder,
                               const Clock& clock, Options options)
    : impl_(std::make_unique<Impl>(provider, store, holder, clock, options)) {}

KeyringManager::~KeyringManager() = default;

absl::Status KeyringManager::Create(const VaultId& vault_id) { return impl_->Create(vault_id); }

absl::Status KeyringManager::Unseal() { return impl_->Unseal(); }

absl::StatusOr<uint32_t> KeyringManager::Rotate(KeyPurpose purpose, KeyringStore& store) {
  return impl_->Rotate(purpose, store);
}

absl::Status KeyringManager::RotateDue() { return impl_->RotateDue(); }

void KeyringManager::Seal() { impl_->Seal(); }

}  // namespace cardvault

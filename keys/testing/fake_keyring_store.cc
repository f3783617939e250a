#include "keys/testing/fake_keyring_store.h"

#include <utility>

#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

absl::StatusOr<std::optional<std::string>> FakeKeyringStore::Load() {
  absl::MutexLock lock(&mutex_);
  return document_;
}

absl::StatusOr<uint64_t> FakeKeyringStore::LastAuditedRevision() {
  absl::MutexLock lock(&mutex_);
  return audited_;
}

absl::Status FakeKeyringStore::Save(absl::string_view document, uint64_t new_revision,
                                    const KeyringChange& change) {
  absl::MutexLock lock(&mutex_);
  if (fault_ == SaveFault::kNotSaved) {
    ++failed_count_;
    return Unavailable(ErrorReason::kAuditUnavailable, "the store is told to fail");
  }
  if (new_revision != revision_ + 1) {
    return Aborted(ErrorReason::kRevision, "another writer was there first");
  }
  document_ = std::string(document.data(), document.size());
  last_change_ = change;
  revision_ = new_revision;
  audited_ = new_revision;
  ++save_count_;
  if (fault_ == SaveFault::kSavedButNotAnswered) {
    return Unavailable(ErrorReason::kAuditUnavailable, "the store is told to lose its answer");
  }
  return absl::OkStatus();
}

std::unique_ptr<FakeKeyringStore> FakeKeyringStore::CopyAtCrash() const {
  auto copy = std::make_unique<FakeKeyringStore>();
  absl::MutexLock lock(&mutex_);
  absl::MutexLock copy_lock(&copy->mutex_);
  copy->document_ = document_;
  copy->revision_ = revision_;
  copy->audited_ = audited_;
  return copy;
}

std::optional<std::string> FakeKeyringStore::document() const {
  absl::MutexLock lock(&mutex_);
  return document_;
}

KeyringChange FakeKeyringStore::last_change() const {
  absl::MutexLock lock(&mutex_);
  return last_change_;
}

uint64_t FakeKeyringStore::save_count() const {
  absl::MutexLock lock(&mutex_);
  return save_count_;
}

uint64_t FakeKeyringStore::failed_count() const {
  absl::MutexLock lock(&mutex_);
  return failed_count_;
}

void FakeKeyringStore::Tamper(std::optional<std::string> document) {
  absl::MutexLock lock(&mutex_);
  document_ = std::move(document);
}

void FakeKeyringStore::SaveAsAnotherWriter(std::string document) {
  absl::MutexLock lock(&mutex_);
  document_ = std::move(document);
  audited_ = ++revision_;
}

void FakeKeyringStore::SetLastAuditedRevision(uint64_t revision) {
  absl::MutexLock lock(&mutex_);
  audited_ = revision;
}

void FakeKeyringStore::SetSaveFault(SaveFault fault) {
  absl::MutexLock lock(&mutex_);
  fault_ = fault;
}

}  // namespace cardvault

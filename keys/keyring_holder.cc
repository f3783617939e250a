#include "keys/keyring_holder.h"

#include <utility>

#include "base/error_reason.h"
#include "base/status.h"

namespace cardvault {

absl::StatusOr<std::shared_ptr<const Keyring>> KeyringHolder::Snapshot() const {
  absl::MutexLock lock(&mutex_);
  if (keyring_ == nullptr) {
    return FailedPrecondition(ErrorReason::kVaultSealed, "the vault is sealed");
  }
  return keyring_;
}

void KeyringHolder::Set(std::shared_ptr<const Keyring> keyring) {
  {
    absl::MutexLock lock(&mutex_);
    keyring_.swap(keyring);
  }
  // The old one, perhaps with its keys, goes here: outside the lock.
}

void KeyringHolder::Seal() { Set(nullptr); }

}  // namespace cardvault

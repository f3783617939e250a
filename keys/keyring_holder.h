#ifndef CARDVAULT_KEYS_KEYRING_HOLDER_H_
#define CARDVAULT_KEYS_KEYRING_HOLDER_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "keys/keyring.h"

namespace cardvault {

// The current keyring, or none while sealed. Thread-safe.
class KeyringHolder final {
 public:
  // FAILED_PRECONDITION (VAULT_SEALED) while there is none.
  absl::StatusOr<std::shared_ptr<const Keyring>> Snapshot() const;
  void Set(std::shared_ptr<const Keyring> keyring);
  void Seal();

 private:
  mutable absl::Mutex mutex_;
  std::shared_ptr<const Keyring> keyring_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_KEYRING_HOLDER_H_

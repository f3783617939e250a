#ifndef CARDVAULT_KEYS_KEYRING_CHANGE_H_
#define CARDVAULT_KEYS_KEYRING_CHANGE_H_

#include <cstdint>
#include <vector>

#include "keys/key_purpose.h"

namespace cardvault {

// What a new revision of the keyring document does beside counting uses: for the audit entries that
// its commit carries. Thread-compatible.
struct KeyringChange {
  struct KeyVersion {
    KeyPurpose purpose;
    uint32_t version = 0;
  };
  // Versions that encrypt from this revision on; the one before of the same purpose opens only.
  std::vector<KeyVersion> activated;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_KEYRING_CHANGE_H_

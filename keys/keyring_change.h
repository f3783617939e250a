#ifndef CARDVAULT_KEYS_KEYRING_CHANGE_H_
#define CARDVAULT_KEYS_KEYRING_CHANGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "keys/key_purpose.h"

namespace cardvault {

// What shows that nothing is lost with a key: a scan that found no row under it, of a store in
// which no row can come under it any more.
struct DestructionProof {
  uint64_t rows_scanned = 0;
  uint64_t rows_under = 0;     // that need the key: 0, or it is not destroyed
  uint64_t audit_entries = 0;  // the log's size when the scan began
  uint64_t backups_under = 0;  // known backups that still hold the wrapped key
};

// What a new revision of the keyring document does beside counting uses: for the audit entries that
// its commit carries. Thread-compatible.
struct KeyringChange {
  struct KeyVersion {
    KeyPurpose purpose;
    uint32_t version = 0;
  };
  struct Destroyed {
    KeyVersion key;
    std::string check_value;
    DestructionProof proof;
  };
  struct Kek {
    std::string provider;
    uint32_t generation = 0;
    std::string check_value;
  };

  // Versions that encrypt from this revision on; the one before of the same purpose opens only.
  std::vector<KeyVersion> activated;
  std::optional<KeyVersion> compromised;
  std::optional<Destroyed> destroyed;
  std::optional<Kek> rewrapped;              // all is wrapped by this KEK now
  std::optional<Kek> kek_destruction_begun;  // one that wraps no more is deleted from now on
  std::optional<Kek> kek_destroyed;          // one that wraps no more, and is gone
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_KEYRING_CHANGE_H_

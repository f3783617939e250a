#ifndef CARDVAULT_KEYS_KEYRING_H_
#define CARDVAULT_KEYS_KEYRING_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/ed25519.h"
#include "keys/aead_key.h"
#include "keys/key_purpose.h"
#include "keys/key_state.h"
#include "keys/mac_key.h"
#include "keys/signing_key.h"

namespace cardvault {

// What an inventory shows of one key version. No key byte.
struct KeyVersionInfo {
  KeyPurpose purpose;
  uint32_t version = 0;
  KeyState state = KeyState::kPreActive;
  absl::Time create_time;
  // The end of its originator usage period (SP 800-57 part 1 r5, 5.3.5): then it encrypts no more,
  // replaced or not. Of a MAC or signing key, when it is overdue. InfiniteFuture: none.
  absl::Time use_end = absl::InfiniteFuture();
  uint64_t reserved_uses = 0;
  uint64_t max_uses = 0;
  std::string check_value;  // 6 hexadecimal digits
  // Of a signing key, and kept when it is destroyed: what it signed is verified for as long as
  // there is a log.
  std::optional<Ed25519PublicKey> public_key = {};
};

// One KEK that wraps the keyring, or did.
struct KekVersionInfo {
  std::string provider;  // "file", "pkcs11", "custody"
  // Which of the KEKs of the vault, from 1: their places are named by it (KekProvider).
  uint32_t generation = 1;
  std::string check_value;         // 6 hexadecimal digits
  std::string record_digest = {};  // KekProvider::record_digest
  absl::Time create_time;          // since when it wraps; 1970 when the document does not say
  std::optional<absl::Time> retired = {};  // since when it does not
  // Where it was found when its destruction began, from where it may be gone since; "": it has not.
  std::string destruction_place = {};
  std::optional<absl::Time> destroyed = {};
};

// An unwrapped keyring at one revision: immutable, so a request that took a snapshot at its start
// never sees a key change under it. Thread-safe.
class Keyring final {
 public:
  // As KeyringManager builds it.
  struct Version {
    KeyVersionInfo info;
    // One of the three, by the purpose's algorithm; none when destroyed.
    std::shared_ptr<const AeadKey> aead = nullptr;
    std::shared_ptr<const MacKey> mac = nullptr;
    std::shared_ptr<const SigningKey> signing = nullptr;
  };
  // At most one active version of a purpose, no version twice; ends the process otherwise.
  Keyring(std::string vault_id, uint64_t revision, std::vector<Version> versions,
          std::vector<KekVersionInfo> keks = {});
  Keyring(const Keyring&) = delete;
  Keyring& operator=(const Keyring&) = delete;

  const std::string& vault_id() const { return vault_id_; }
  uint64_t revision() const { return revision_; }

  // Asking for the AEAD of a MAC purpose, or the reverse, is a mistake in the program and ends the
  // process.

  // The version that encrypts now. FAILED_PRECONDITION (VAULT_SEALED) when the purpose has none.
  absl::StatusOr<std::shared_ptr<const AeadKey>> ActiveAead(KeyPurpose purpose) const;
  absl::StatusOr<std::shared_ptr<const MacKey>> ActiveMac(KeyPurpose purpose) const;

  // The version that opens. FAILED_PRECONDITION (KEY_DESTROYED); DATA_LOSS for a version that
  // never was.
  absl::StatusOr<std::shared_ptr<const AeadKey>> AeadVersion(KeyPurpose purpose,
                                                             uint32_t version) const;
  absl::StatusOr<std::shared_ptr<const MacKey>> MacVersion(KeyPurpose purpose,
                                                           uint32_t version) const;

  // Active first, then every other version that still verifies, newest first.
  std::vector<std::shared_ptr<const MacKey>> LiveMacs(KeyPurpose purpose) const;

  // Of KeyPurpose::kAuditSigning. FAILED_PRECONDITION (VAULT_SEALED) when there is none.
  absl::StatusOr<std::shared_ptr<const SigningKey>> ActiveSigningKey() const;

  // Those that may sign: the active one first, then the deactivated ones, newest first, so that who
  // knows an earlier key only can follow. A compromised key signs nothing more: its signature would
  // vouch for nothing. The public keys of all versions are in Inventory().
  std::vector<std::shared_ptr<const SigningKey>> LiveSigningKeys() const;

  bool IsActive(KeyPurpose purpose, uint32_t version) const;

  // Every version of every purpose, by purpose and version, as of this revision.
  std::vector<KeyVersionInfo> Inventory() const;

  // The KEKs of the vault, the oldest first; the last one wraps the keyring.
  const std::vector<KekVersionInfo>& keks() const { return keks_; }

 private:
  // Null when there is none.
  const Version* Find(KeyPurpose purpose, uint32_t version) const;
  const Version* FindActive(KeyPurpose purpose) const;

  const std::string vault_id_;
  const uint64_t revision_;
  // Constant after construction.
  std::map<KeyPurpose, std::map<uint32_t, Version>> versions_;
  std::map<KeyPurpose, uint32_t> active_;
  const std::vector<KekVersionInfo> keks_;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_KEYRING_H_

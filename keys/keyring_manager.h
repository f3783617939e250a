#ifndef CARDVAULT_KEYS_KEYRING_MANAGER_H_
#define CARDVAULT_KEYS_KEYRING_MANAGER_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/id.h"
#include "keys/crypto_sizes.h"  // IWYU pragma: export
#include "keys/kek_provider.h"
#include "keys/key_purpose.h"
#include "keys/keyring_holder.h"
#include "keys/keyring_store.h"

namespace cardvault {

// The configured ceiling of one AEAD key version; kHardMaxUses (crypto_sizes.h) is the highest.
inline constexpr uint64_t kDefaultMaxUses = uint64_t{1} << 30;
// Uses are reserved in the document this many at a time, ahead of use, so that a crash can only
// over-count; the next block is reserved when half of one is left.
inline constexpr uint64_t kUseBlock = uint64_t{1} << 20;

// The cryptoperiods after which a version is replaced: of what encrypts 90 days, of what makes MACs
// the two years of NIST SP 800-57 part 1 r5, table 1. MACs are looked up under every live version,
// so that more of them cost more.
inline constexpr absl::Duration kDefaultMaxAeadAge = absl::Hours(90 * 24);
inline constexpr absl::Duration kDefaultMaxMacAge = absl::Hours(730 * 24);
// A key that is replaced a minute late is replaced in time.
inline constexpr absl::Duration kAgeCheckInterval = absl::Minutes(1);

// Makes, loads and changes the keyring document, and keeps `holder` at its newest revision. Owns
// the thread that reserves uses. Thread-safe.
class KeyringManager final {
 public:
  struct Options {
    uint64_t max_uses = kDefaultMaxUses;  // of versions to be made; at most kHardMaxUses
    uint64_t use_block = kUseBlock;
    uint32_t mode = 0;  // the vault's mode number, part of the authenticated body
    absl::Duration max_aead_age = kDefaultMaxAeadAge;
    absl::Duration max_mac_age = kDefaultMaxMacAge;
  };

  // All must outlive the manager.
  KeyringManager(KekProvider& provider, KeyringStore& store, KeyringHolder& holder,
                 const Clock& clock, Options options);
  ~KeyringManager();

  // Makes version 1 of every purpose and saves the first document. FAILED_PRECONDITION when the
  // vault has one already, or had one by its audit log. Does not unseal.
  absl::Status Create(const VaultId& vault_id);

  // Loads, authenticates and unwraps the document, reserves the first blocks and fills the holder.
  // NOT_FOUND when there is none; DATA_LOSS (RECORD_CORRUPT) for a document that was edited, with
  // swapped keys, wrapped by another KEK, of an unknown format version, or older than the audit
  // log's revision, each with its own text; FAILED_PRECONDITION (MODE) when its mode is another;
  // else as provider and store. A key whose ceiling is reached opens and does not seal
  // (KEY_LIMIT). OK and no change when unsealed already.
  absl::Status Unseal();

  // Makes the next version of a purpose, which encrypts from now on; the one before opens what it
  // sealed. One commit, through `store`: the manager's own, or one that names an administrator.
  // Answers the new version. UNIMPLEMENTED (NOT_OFFERED) for a purpose that is not CanRotateOnline;
  // FAILED_PRECONDITION (VAULT_SEALED); RESOURCE_EXHAUSTED (LIMIT) when
  // the document has no room; else as provider and store, and after UNAVAILABLE the version may be
  // there all the same.
  absl::StatusOr<uint32_t> Rotate(KeyPurpose purpose, KeyringStore& store);

  // Rotates what is due and CanRotateOnline: a version above its age, or one of which every use up
  // to its ceiling is reserved. The manager's thread does so by itself, each kAgeCheckInterval and
  // when uses run out.
  absl::Status RotateDue();

  // Forgets every key. At once no reader gets one and nothing more is sealed, whoever still holds
  // a snapshot; a holder can open with it until it lets go, and the last one's going cleanses the
  // keys. Then saves the document with the uses that were reserved and not taken given back; when
  // that fails they stay counted.
  void Seal();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_KEYRING_MANAGER_H_

#ifndef CARDVAULT_KEYS_KEYRING_MANAGER_H_
#define CARDVAULT_KEYS_KEYRING_MANAGER_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/id.h"
#include "keys/kek_provider.h"
#include "keys/keyring_holder.h"
#include "keys/keyring_store.h"

namespace cardvault {

// Ceilings of one AEAD key version (SP 800-38D, 8.3: at most 2^32 with random 96-bit nonces).
inline constexpr uint64_t kHardMaxUses = (uint64_t{1} << 32) - 1;
inline constexpr uint64_t kDefaultMaxUses = uint64_t{1} << 30;
// Uses are reserved in the document this many at a time, ahead of use, so that a crash can only
// over-count; the next block is reserved when half of one is left.
inline constexpr uint64_t kUseBlock = uint64_t{1} << 20;

// Makes, loads and changes the keyring document, and keeps `holder` at its newest revision. Owns
// the thread that reserves uses. Thread-safe.
class KeyringManager final {
 public:
  struct Options {
    uint64_t max_uses = kDefaultMaxUses;  // per version; at most kHardMaxUses
    uint64_t use_block = kUseBlock;
    uint32_t mode = 0;  // the vault's mode number, part of the authenticated body
  };

  // All must outlive the manager.
  KeyringManager(KekProvider& provider, KeyringStore& store, KeyringHolder& holder,
                 const Clock& clock, Options options);
  ~KeyringManager();

  // Makes version 1 of every purpose and saves the first document. FAILED_PRECONDITION when the
  // vault has one already.
  absl::Status Create(const VaultId& vault_id);

  // Loads, authenticates and unwraps the document, reserves the first blocks and fills the holder.
  // NOT_FOUND when there is none; DATA_LOSS (RECORD_CORRUPT) for a document that was edited, with
  // swapped keys, wrapped by another KEK, or older than the audit log's revision;
  // FAILED_PRECONDITION (MODE) when its mode is another.
  absl::Status Unseal();

  // Forgets every key.
  void Seal();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_KEYRING_MANAGER_H_

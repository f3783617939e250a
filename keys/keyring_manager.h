#ifndef CARDVAULT_KEYS_KEYRING_MANAGER_H_
#define CARDVAULT_KEYS_KEYRING_MANAGER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/id.h"
#include "keys/crypto_sizes.h"  // IWYU pragma: export
#include "keys/kek_provider.h"
#include "keys/key_purpose.h"
#include "keys/keyring_change.h"
#include "keys/keyring_document.h"
#include "keys/keyring_holder.h"
#include "keys/keyring_store.h"
#include "keys/live_keys.h"
#include "keys/reserve_signal.h"

namespace cardvault {

// The configured ceiling of one AEAD key version; kHardMaxUses (crypto_sizes.h) is the highest.
inline constexpr uint64_t kDefaultMaxUses = uint64_t{1} << 30;
// Uses are reserved in the document this many at a time, ahead of use, so that a crash can only
// over-count; the next block is reserved when half of one is left.
inline constexpr uint64_t kUseBlock = uint64_t{1} << 20;

// The cryptoperiods after which a version is replaced: of what encrypts 90 days, of what makes MACs
// the two years of NIST SP 800-57 part 1 r5, table 1. MACs are looked up under every live version,
// so that more of them cost more. Of what signs checkpoints a year, of the one to three that the
// table has: each new key is one that auditors must be given.
inline constexpr absl::Duration kDefaultMaxAeadAge = absl::Hours(90 * 24);
inline constexpr absl::Duration kDefaultMaxMacAge = absl::Hours(730 * 24);
inline constexpr absl::Duration kDefaultMaxSigningAge = absl::Hours(365 * 24);
// A version that could not be replaced at its age, because the KEK's provider or the store failed
// all the while, encrypts for this long yet, with a warning; then no more (K5).
inline constexpr absl::Duration kRotationGrace = absl::Hours(30 * 24);
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
    absl::Duration max_signing_age = kDefaultMaxSigningAge;
  };

  // All must outlive the manager.
  KeyringManager(KeyringStore& store, KeyringHolder& holder, const Clock& clock, Options options);
  ~KeyringManager();

  // Makes version 1 of every purpose, wrapped by `kek`, and saves the first document.
  // FAILED_PRECONDITION when the vault has one already, or had one by its audit log. Does not
  // unseal.
  absl::Status Create(const VaultId& vault_id, KekProvider& kek) ABSL_LOCKS_EXCLUDED(mutex_);

  // Which KEK the stored document says that wraps it, sealed or not: to find it. Not authenticated.
  // NOT_FOUND when there is no document; DATA_LOSS.
  absl::StatusOr<KekVersionInfo> ReadKek();

  // Loads, authenticates and unwraps the document, reserves the first blocks and fills the holder.
  // The KEK is kept until Seal, for the versions to come.
  // NOT_FOUND when there is none; DATA_LOSS (RECORD_CORRUPT) for a document that was edited, with
  // swapped keys, wrapped by another KEK, of an unknown format version, or older than the audit
  // log's revision, each with its own text; FAILED_PRECONDITION (MODE) when its mode is another;
  // else as provider and store. A key whose ceiling is reached opens and does not seal
  // (KEY_LIMIT). A purpose that the document knows no version of, because it was saved by an
  // earlier release, gets its first one, with what else is due (RotateDue). OK and no change when
  // unsealed already.
  absl::Status Unseal(std::shared_ptr<KekProvider> kek) ABSL_LOCKS_EXCLUDED(mutex_);

  // The same of a store to which nothing may be written, because it was restored: no key seals
  // (KEY_LIMIT), no use is reserved or given back and no version is made, until ReplaceAll. What
  // the document says of uses is not true any more: the store was in use after it was saved.
  absl::Status UnsealFrozen(std::shared_ptr<KekProvider> kek) ABSL_LOCKS_EXCLUDED(mutex_);

  // After UnsealFrozen: makes the next version of every purpose, in one commit through `store`, and
  // goes on as after Unseal. No version that was there before ever encrypts again, whatever its
  // nonces and counters were. Errors as Rotate; then it is frozen as before.
  absl::Status ReplaceAll(KeyringStore& store) ABSL_LOCKS_EXCLUDED(mutex_);

  // As many versions of a purpose that are not destroyed, until an operator's own Rotate is
  // refused: look-ups try each version of a MAC key, and the document has an end. Age, ceilings and
  // Compromise are not refused for it.
  static constexpr int kMaxLiveVersions = 64;

  // Makes the next version of a purpose, which encrypts from now on; the one before opens what it
  // sealed. One commit, through `store`: the manager's own, or one that names an administrator.
  // Answers the new version. FAILED_PRECONDITION (VAULT_SEALED); RESOURCE_EXHAUSTED (LIMIT) when
  // kMaxLiveVersions are there, or the document has no room; else as provider and store, and after
  // UNAVAILABLE the version may be there all the same.
  absl::StatusOr<uint32_t> Rotate(KeyPurpose purpose, KeyringStore& store)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Marks a version compromised. One that encrypts is followed by the next version in the same
  // commit, which is answered; else 0. Again changes nothing. What rests under the version opens,
  // until it is re-encrypted and the version destroyed. Errors as Rotate; NOT_FOUND for a version
  // that is not there; FAILED_PRECONDITION (KEY_STATE) for one that is destroyed.
  absl::StatusOr<uint32_t> Compromise(KeyPurpose purpose, uint32_t version, KeyringStore& store)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends a version for good: state and proof are committed, and no later document holds its wrapped
  // bytes. `scan` is called once the version is seen not to encrypt, which it never will again, so
  // that what it does not find cannot come behind it (the commit pipeline refuses what is sealed
  // under a version that is not active). Purging the files of what they held is the caller's.
  // Errors as CheckDestroyable; FAILED_PRECONDITION (KEY_STATE) when the scan finds rows; and of
  // `scan`; else as Rotate.
  absl::StatusOr<DestructionProof> Destroy(
      KeyPurpose purpose, uint32_t version, KeyringStore& store,
      absl::FunctionRef<absl::StatusOr<DestructionProof>()> scan) ABSL_LOCKS_EXCLUDED(mutex_);

  // Wraps every key anew with another KEK, in one commit, and keeps that one. No key changes, and
  // nothing is re-encrypted. Errors as RewrapKeyringDocument and Rotate. After UNAVAILABLE either
  // KEK may be the one: ReadKek tells, and both must be kept.
  absl::Status Rewrap(std::shared_ptr<KekProvider> next, KeyringStore& store)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Enters that a KEK of before is deleted from `place` from now on: before any byte goes, for what
  // is gone without an entry could never be told. Errors as BeginKekDestruction (keyring_edit.h)
  // and Rotate.
  absl::Status EnterKekDestructionBegun(absl::string_view check_value, absl::string_view place,
                                        KeyringStore& store) ABSL_LOCKS_EXCLUDED(mutex_);

  // Enters that a KEK of before is gone. Errors as DestroyKek (keyring_edit.h) and Rotate.
  absl::Status EnterKekDestroyed(absl::string_view check_value, KeyringStore& store)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Makes what is due, in one commit: the next version of a purpose whose version is above its age,
  // or has every use up to its ceiling reserved; the first one of a purpose without any. The
  // manager's thread does so by itself, each kAgeCheckInterval and when uses run out.
  absl::Status RotateDue() ABSL_LOCKS_EXCLUDED(mutex_);

  // Forgets every key. At once no reader gets one and nothing more is sealed, whoever still holds
  // a snapshot; a holder can open with it until it lets go, and the last one's going cleanses the
  // keys; the KEK is let go as well. Then saves the document with the uses that were reserved and
  // not taken given back; when that fails they stay counted.
  void Seal() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // An edit of a copy of the document, which gets the next revision.
  using Edit = absl::FunctionRef<absl::Status(KeyringDocument&, KeyringChange&)>;

  absl::Status Open(std::shared_ptr<KekProvider> kek, bool is_frozen)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<KeyringDocument> Load(KekProvider& kek);
  absl::Status Save(const KeyringDocument& document, const KeyringChange& change,
                    KeyringStore& store);
  absl::Status CheckUnsealed() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  LiveKeys NewLiveKeys() const;
  VersionLimits LimitsOf(KeyPurpose purpose) const;

  // Reserves a block for every active key that has half of one left or less.
  absl::Status Reserve() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the active version of an entry must be followed by another one.
  bool IsDue(size_t entry) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Saves the edited document and takes it over, with the keys of its new versions.
  absl::Status Change(Edit edit, KeyringStore& store) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The same once more with the stored document when another was there first.
  absl::Status ChangeOrRefresh(Edit edit, KeyringStore& store)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Makes the next version of each purpose active, in one revision.
  absl::Status Activate(const std::vector<KeyPurpose>& purposes, KeyringStore& store)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ActivateDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Adopts the stored document after another writer, or a save of ours whose answer was lost,
  // made the one in memory stale.
  absl::Status Refresh() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunReserver() ABSL_LOCKS_EXCLUDED(mutex_);

  // Constant after construction.
  KeyringStore& store_;
  KeyringHolder& holder_;
  const Clock& clock_;
  const Options options_;
  const std::shared_ptr<ReserveSignal> signal_ = std::make_shared<ReserveSignal>();

  // Held across the store's blocking calls: one change of the document at a time. No reader of
  // keys ever waits for it. All are there while the vault is unsealed.
  absl::Mutex mutex_;
  std::optional<KeyringDocument> document_ ABSL_GUARDED_BY(mutex_);
  std::optional<LiveKeys> live_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<KekProvider> kek_ ABSL_GUARDED_BY(mutex_);
  bool is_frozen_ ABSL_GUARDED_BY(mutex_) = false;
  // Those that were to take over when the answer of their commit was lost: one of them may have.
  std::vector<std::shared_ptr<KekProvider>> doubtful_keks_ ABSL_GUARDED_BY(mutex_);

  std::thread reserver_;  // last: starts when all else is there
};

}  // namespace cardvault

#endif  // CARDVAULT_KEYS_KEYRING_MANAGER_H_

#ifndef CARDVAULT_SERVER_VAULT_SEAL_H_
#define CARDVAULT_SERVER_VAULT_SEAL_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "audit/audit_leaf.h"
#include "keys/kek_provider.h"
#include "server/rooms.h"
#include "server/serving_state.h"
#include "vault/commit/warrant.h"

namespace cardvault {

// Takes the whole vault from sealed to unsealed and back: its rooms, its audit log, and what the
// server serves. One transition at a time; they block. Thread-safe.
class VaultSeal final {
 public:
  // Both must outlive this. The vault is sealed.
  VaultSeal(Rooms& rooms, ServingState& serving) : rooms_(rooms), serving_(serving) {}

  // With its KEK, and `leaves` as the entries; nothing is served before they are committed.
  // When that fails the vault is sealed as before: errors as UnsealRooms and CommitPipeline.
  absl::Status Unseal(std::shared_ptr<KekProvider> kek, std::vector<AuditLeaf> leaves)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Makes the commit that admits the store: a new version of every key, and what the warrant
  // brings, whose first leaf is log.restored. Then the vault is as one that was unsealed on an
  // admitted store. FAILED_PRECONDITION (VAULT_SEALED); else as KeyringManager::ReplaceAll and
  // UnsealRooms: what the store holds then a restart shows.
  absl::Status Admit(const Warrant& warrant) ABSL_LOCKS_EXCLUDED(mutex_);

  // Sealed when this returns, whatever it returns: UNAVAILABLE (AUDIT_UNAVAILABLE) when the log
  // does not tell of it. OK, and no entry, when the vault was sealed.
  absl::Status Seal(const AuditOrigin& origin) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  Rooms& rooms_;
  ServingState& serving_;

  absl::Mutex mutex_;  // held for a whole transition
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_VAULT_SEAL_H_

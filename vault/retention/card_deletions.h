#ifndef CARDVAULT_VAULT_RETENTION_CARD_DELETIONS_H_
#define CARDVAULT_VAULT_RETENTION_CARD_DELETIONS_H_

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/id.h"
#include "card/token.h"
#include "card/vault_mode.h"
#include "keys/keyring_holder.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/engine.h"

namespace cardvault {

// What became of cards that were to be deleted.
struct DeletedCards {
  std::vector<Token> deleted;
  std::vector<Token> unreadable;  // rows of theirs are damaged or missing: they stay
  size_t contended_count = 0;     // others kept changing them: they stay for now
  // OK, or why the rest could not be committed, or read; what was deleted before is above.
  absl::Status status;
};

// Deletes many cards of one merchant, each in a commit of its own with an entry token.deleted by
// cardvaultd. Tokens of one card number share rows and meet in a commit, so those go one after
// another, and all others together. Thread-safe.
class CardDeletions final {
 public:
  // All must outlive this.
  CardDeletions(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
                const Clock& clock, VaultMode mode)
      : engine_(engine), pipeline_(pipeline), keyring_(keyring), clock_(clock), mode_(mode) {}

  // Waits for the commits. What is deleted already is passed over.
  DeletedCards Delete(const MerchantId& merchant, std::vector<Token> tokens) const;

 private:
  struct Wave;
  absl::StatusOr<Wave> Plan(const MerchantId& merchant, std::vector<Token> tokens,
                            DeletedCards& result) const;
  std::vector<Token> Commit(Wave wave, DeletedCards& result) const;

  const Engine& engine_;
  CommitPipeline& pipeline_;
  const KeyringHolder& keyring_;
  const Clock& clock_;
  const VaultMode mode_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RETENTION_CARD_DELETIONS_H_

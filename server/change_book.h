#ifndef CARDVAULT_SERVER_CHANGE_BOOK_H_
#define CARDVAULT_SERVER_CHANGE_BOOK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "audit/audit_leaf.h"
#include "base/clock.h"
#include "base/secret_bytes.h"
#include "cardvault/storage/v1/change_row.pb.h"
#include "keys/keyring_holder.h"
#include "server/change_state.h"
#include "server/held_changes.h"
#include "server/stored_change.h"  // IWYU pragma: export
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/warrant.h"
#include "vault/engine/engine.h"

namespace cardvault {

// A proposal is forgotten when nobody approved it within a day: who approves still remembers why.
inline constexpr absl::Duration kChangeLife = absl::Hours(24);
// More open ones than two operators can have a view of.
inline constexpr size_t kMaxOpenChanges = 64;
// Ended ones are shown for a quarter of a year, the newest of them; the audit log has them all.
// With the largest document (256 KiB) these are 64 MiB at most.
inline constexpr absl::Duration kEndedChangeLife = absl::Hours(24 * 90);
inline constexpr size_t kMaxEndedChanges = 256;

// What is proposed.
struct NewChange {
  std::string kind;      // "apply_route"
  std::string object;    // what it is about
  std::string proposal;  // serialised, without its secret
  std::optional<SecretBytes> secret;
  std::vector<Precondition> base;  // what must not have changed when it takes effect
};

// The changes under four eyes in the store (docs/formats/changes.md): their rows and states, each
// move of which is committed with its audit entry. Who may make which move, and what the effect of
// a change is, is ChangeDesk's. Calls that change something block on the commit; all of them are
// ABORTED (REVISION) when the change moved meanwhile. While the store is not admitted nothing is
// written: what is proposed then is held in memory (HeldChanges), and is stored, with the entry of
// its proposal, by the commit of its effect. Thread-safe.
class ChangeBook final {
 public:
  // All must outlive the book.
  ChangeBook(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
             const Clock& clock)
      : engine_(engine), pipeline_(pipeline), keyring_(keyring), clock_(clock) {}

  // RESOURCE_EXHAUSTED (LIMIT) when kMaxOpenChanges are open; FAILED_PRECONDITION (VAULT_SEALED)
  // with a secret, which is sealed.
  absl::StatusOr<StoredChange> Propose(NewChange change, const AuditOrigin& proposer);

  // NOT_FOUND; INVALID_ARGUMENT (ID_INVALID, "id") for what cannot be a change's id.
  absl::StatusOr<StoredChange> Get(absl::string_view id) const;

  // Open ones first, then the newest first.
  absl::StatusOr<std::vector<StoredChange>> All() const;

  // Whether the store is not admitted, so that what is proposed is held in memory.
  bool is_holding() const { return pipeline_.is_closed(); }

  // FAILED_PRECONDITION (NOT_ADMITTED) for one in a store that is not admitted: it waits.
  absl::Status CheckMovable(const StoredChange& change) const;

  bool IsExpired(const StoredChange& change) const { return change.expire_time() <= clock_.Now(); }

  // The secret of an open one, nullopt when it has none. DATA_LOSS when it is not the one that was
  // proposed; else as AeadKey::Open.
  absl::StatusOr<std::optional<SecretBytes>> OpenSecret(const StoredChange& change) const;

  // On whose word a proposed change takes effect: the effect's commit makes it `state`, applied or
  // applying, or does not happen at all because the change, or its base, moved.
  Warrant WarrantFor(const StoredChange& change, ChangeState state,
                     const AuditOrigin& approver) const;

  // Commits what a warrant says and nothing else.
  absl::Status Commit(const Warrant& warrant);

  // Ends an approved one that `effect` became of: applied when that is OK, else failed.
  absl::Status End(const StoredChange& change, const absl::Status& effect,
                   const AuditOrigin& approver);

  absl::Status Reject(const StoredChange& change, const AuditOrigin& origin);

  // Ends what nobody approved in time, and forgets what ended long ago.
  absl::Status Sweep();

  // What the process before left applying: whether it had its effect is not known. Call once before
  // serving.
  absl::Status ResolveRestart();

 private:
  // Commits a move with its entry.
  absl::Status Move(const StoredChange& change, ChangeState state, AuditLeaf leaf,
                    const absl::Status& problem = absl::OkStatus());
  absl::Status Forget(const std::vector<StoredChange>& changes);

  // Whether it stands in memory alone.
  bool IsHeld(const StoredChange& change) const;

  const Engine& engine_;
  CommitPipeline& pipeline_;
  const KeyringHolder& keyring_;
  const Clock& clock_;
  HeldChanges held_;

  absl::Mutex propose_mutex_;  // one at a time, so that the bound holds
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_CHANGE_BOOK_H_

#ifndef CARDVAULT_VAULT_RETENTION_MERCHANT_PURGE_H_
#define CARDVAULT_VAULT_RETENTION_MERCHANT_PURGE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/id.h"
#include "card/token.h"
#include "card/vault_mode.h"
#include "keys/keyring_holder.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/warrant.h"
#include "vault/engine/engine.h"
#include "vault/records/card_tables.h"
#include "vault/records/purge_row.h"
#include "vault/retention/card_deletions.h"

namespace cardvault {

enum class PurgeState { kIdle, kRunning, kDone };

// Where the last purge is.
struct PurgeProgress {
  PurgeState state = PurgeState::kIdle;  // idle: there never was one
  std::string merchant;
  uint64_t deleted_count = 0;
  std::optional<uint64_t> total_count;  // nullopt: not counted yet
  uint64_t unreadable_count = 0;        // cards whose rows are damaged: they stay
  absl::Time start_time;
  absl::Time end_time;      // with kDone
  absl::Status last_error;  // why it waits
};

// Deletes all cards of one merchant while traffic goes on; no card of his comes in meanwhile
// (NoPurgeOf). That it is under way stands in the store, so a restart goes on; each card is a
// commit of its own with an entry token.deleted, and the purge has one when it begins and one when
// it is over. A card whose rows are damaged stays, under an entry record.corrupt, and does not stop
// the others. It is over when a whole pass over the merchant's cards found none to delete. While
// the vault is sealed, or the store cannot be written, it waits. Thread-safe.
class MerchantPurge final {
 public:
  struct Options {
    VaultMode mode = VaultMode::kSandbox;
    size_t cards_per_batch = 128;  // some milliseconds of the commit thread's time
    // Called for each card that was deleted, on the thread that steps.
    std::function<void(const Token&)> deleted = [](const Token&) {};
  };

  // All must outlive this.
  MerchantPurge(const Engine& engine, CommitPipeline& pipeline, const KeyringHolder& keyring,
                const Clock& clock, Options options);
  ~MerchantPurge();  // Stop

  // Takes up what the store says. Call once, before all else. Errors: as StoredPurge::Read.
  absl::Status ResumeStored() ABSL_LOCKS_EXCLUDED(mutex_);

  // Starts the thread. Call once.
  void Launch();
  // Ends the thread after the batch it is in; the next process goes on. Idempotent.
  void Stop() ABSL_LOCKS_EXCLUDED(wake_mutex_);

  // Whether a purge could begin now: how many cards it would delete, and the condition that there
  // was no other meanwhile. NOT_FOUND when the merchant has no card; ABORTED (IN_PROGRESS) while a
  // purge is under way, of another merchant; FAILED_PRECONDITION (VAULT_SEALED).
  struct Outlook {
    uint64_t card_count = 0;
    Precondition base;
  };
  absl::StatusOr<Outlook> Check(const MerchantId& merchant) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Begins, in one commit with its entry; how many cards there are. OK and no change when the
  // merchant's is under way. Errors: as Check and as commits have them.
  absl::StatusOr<uint64_t> Start(const MerchantId& merchant, const Warrant& warrant)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // At once, whatever the purge does.
  PurgeProgress GetProgress() const ABSL_LOCKS_EXCLUDED(progress_mutex_);

  // What the thread does over and over, and tests call in its place: one batch, waiting for its
  // commits. Returns how long to wait before the next; for ever when there is nothing to do.
  absl::Duration Step() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run();
  bool IsWoken() const ABSL_SHARED_LOCKS_REQUIRED(wake_mutex_) { return stopping_ || woken_; }
  absl::Status Work() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Recount() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Report(const std::vector<Token>& unreadable) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status EndPass(const CardTables& tables) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BeginPass() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Publish(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Constant after construction.
  const Engine& engine_;
  CommitPipeline& pipeline_;
  const KeyringHolder& keyring_;
  const Clock& clock_;
  const Options options_;
  const CardDeletions deletions_;

  mutable absl::Mutex mutex_;  // held during a step, and by whoever begins a purge
  StoredPurge stored_ ABSL_GUARDED_BY(mutex_);
  // What a commit came to is not known, or this process has not counted yet.
  bool must_recount_ ABSL_GUARDED_BY(mutex_) = true;
  uint64_t deleted_count_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t total_count_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string position_ ABSL_GUARDED_BY(mutex_);  // of the last card of the pass; "": its beginning
  bool found_in_pass_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t unreadable_in_pass_ ABSL_GUARDED_BY(mutex_) = 0;
  // Cards that have their entry record.corrupt already.
  std::set<std::string> reported_ ABSL_GUARDED_BY(mutex_);

  mutable absl::Mutex progress_mutex_ ABSL_ACQUIRED_AFTER(mutex_);
  PurgeProgress progress_ ABSL_GUARDED_BY(progress_mutex_);

  absl::Mutex wake_mutex_ ABSL_ACQUIRED_AFTER(mutex_);
  bool woken_ ABSL_GUARDED_BY(wake_mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(wake_mutex_) = false;

  std::thread thread_;
};

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_RETENTION_MERCHANT_PURGE_H_

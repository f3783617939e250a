#ifndef CARDVAULT_VAULT_CHECKPOINT_CHECKPOINTER_H_
#define CARDVAULT_VAULT_CHECKPOINT_CHECKPOINTER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "audit/note_key.h"
#include "base/clock.h"
#include "keys/keyring.h"
#include "keys/keyring_holder.h"
#include "vault/checkpoint/sink_writer.h"
#include "vault/commit/commit_pipeline.h"

namespace cardvault {

// The promise is one a second while there are new entries (PCI DSS 10.3.3).
inline constexpr absl::Duration kCheckpointInterval = absl::Seconds(1);

// How the log's way outside does, for status and metrics.
struct CheckpointState {
  uint64_t signed_size = 0;  // of the newest checkpoint of this process
  absl::Time signed_time = absl::InfinitePast();
  uint64_t entry_count = 0;       // of the log, at least signed_size
  bool is_store_failing = false;  // CommitPipeline::is_failing
  absl::Status signing;           // why the newest entries have none; OK: they have, or are new
  // Of each sink, in their order.
  struct Sink {
    std::string name;     // kind and place, from 1: "file 1"
    absl::Status status;  // what SinkWriter::Check says
  };
  std::vector<Sink> sinks;
};

// Signs the root of the audit log while it grows, keeps it with the store and gives it to the
// sinks. While the vault is sealed nothing can be signed: the first checkpoint after it covers what
// came meanwhile. Nor is anything signed while the store is not
// admitted. A sink that begins or ceases to fail is an entry of the log. Thread-safe.
class Checkpointer final {
 public:
  struct Options {
    std::string origin;  // of the log, and the name of its keys: LogOrigin
    absl::Duration interval = kCheckpointInterval;
  };

  // All outlive the checkpointer.
  Checkpointer(CommitPipeline& pipeline, const KeyringHolder& keyring, const Clock& clock,
               const std::vector<std::unique_ptr<SinkWriter>>& sinks, Options options);
  ~Checkpointer();

  void Launch();  // starts the thread

  // One round of the thread's, for tests.
  void Step();

  // A checkpoint of all entries of now, signed and given to the sinks, without waiting for them.
  // FAILED_PRECONDITION (VAULT_SEALED, NOT_ADMITTED); INTERNAL (CRYPTO).
  absl::StatusOr<std::string> SignNow() ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends the thread. Then the last checkpoint, with the keys of `keyring` (the vault is sealed by
  // now; null: there were none), waiting for the sinks no longer than their deadlines.
  void Stop(const std::shared_ptr<const Keyring>& keyring) ABSL_LOCKS_EXCLUDED(mutex_);

  CheckpointState GetState() const ABSL_LOCKS_EXCLUDED(mutex_);

  const std::string& origin() const { return options_.origin; }

 private:
  void Run();
  absl::StatusOr<std::string> Sign(const Keyring& keyring) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LookAtSinks() ABSL_LOCKS_EXCLUDED(mutex_);

  CommitPipeline& pipeline_;
  const KeyringHolder& keyring_;
  const Clock& clock_;
  const std::vector<std::unique_ptr<SinkWriter>>& sinks_;
  const Options options_;

  // Of each sink what it was found wanting in, as long as no entry says so. For the one that steps.
  std::vector<absl::Status> faults_;

  mutable absl::Mutex mutex_;                 // a log signs in the order in which it grows
  std::string note_ ABSL_GUARDED_BY(mutex_);  // the newest
  uint64_t signed_size_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Time signed_time_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Status signing_ ABSL_GUARDED_BY(mutex_);
  std::vector<CheckpointState::Sink> sink_states_ ABSL_GUARDED_BY(mutex_);
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

// The public keys of every version that ever signed for the log, the destroyed ones too, by
// version: what an auditor verifies its checkpoints with.
absl::StatusOr<std::vector<NoteKey>> CheckpointKeys(const Keyring& keyring,
                                                    absl::string_view origin);

}  // namespace cardvault

#endif  // CARDVAULT_VAULT_CHECKPOINT_CHECKPOINTER_H_

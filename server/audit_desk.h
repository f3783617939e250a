#ifndef CARDVAULT_SERVER_AUDIT_DESK_H_
#define CARDVAULT_SERVER_AUDIT_DESK_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "cardvault/admin/v1/audit_service.pb.h"
#include "keys/keyring_holder.h"
#include "server/caller.h"
#include "server/message_source.h"
#include "server/stream_slots.h"
#include "vault/checkpoint/checkpointer.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/engine/engine.h"

namespace cardvault {

// Under way at once: an export keeps a core busy for as long as it lasts, a watch hardly ever.
inline constexpr size_t kMaxExports = 4;
inline constexpr size_t kMaxWatches = 16;
// So much can be seen of the log's end without an export.
inline constexpr uint64_t kMaxLastEntries = 10'000;

// Answers from the audit log, each after the entry that tells of it is committed. Every call waits
// for the disk. What each does, and its errors: audit_service.proto. Thread-safe.
class AuditDesk final {
 public:
  // All outlive the desk, and it the sources that it gives.
  struct Parts {
    const Engine& engine;
    CommitPipeline& pipeline;
    const KeyringHolder& keyring;
    Checkpointer& checkpointer;
  };

  explicit AuditDesk(const Parts& parts) : parts_(parts) {}

  absl::StatusOr<std::unique_ptr<MessageSource>> Export(const Caller& caller,
                                                        const admin::v1::ExportRequest& request);
  absl::StatusOr<std::unique_ptr<MessageSource>> Watch(
      const Caller& caller, const admin::v1::WatchEntriesRequest& request);
  absl::StatusOr<admin::v1::GetCheckpointResponse> GetCheckpoint(
      const Caller& caller, const admin::v1::GetCheckpointRequest& request);
  absl::StatusOr<admin::v1::ProveInclusionResponse> ProveInclusion(
      const Caller& caller, const admin::v1::ProveInclusionRequest& request);
  absl::StatusOr<admin::v1::ProveConsistencyResponse> ProveConsistency(
      const Caller& caller, const admin::v1::ProveConsistencyRequest& request);
  absl::StatusOr<admin::v1::ListCheckpointKeysResponse> ListKeys(
      const Caller& caller, const admin::v1::ListCheckpointKeysRequest& request);

 private:
  // A signed note with the size that it is of.
  struct SizedNote {
    std::string note;
    uint64_t size = 0;
  };
  // Which entries are exported, and in which tree they are proved.
  struct Extent {
    uint64_t first = 0;
    uint64_t end = 0;
    bool to_now = false;  // `end` is that of the checkpoint that is signed
    uint64_t size = 0;
    std::string note;      // with which it goes out; empty: none yet, or the caller has it
    bool is_fresh = true;  // a checkpoint is to be signed
  };

  absl::Status CheckSize(uint64_t size) const;
  absl::StatusOr<SizedNote> Sign();
  absl::StatusOr<SizedNote> Kept();
  absl::StatusOr<Extent> ExtentOf(const admin::v1::ExportRequest& request);
  absl::Status Tell(const Caller& caller, AuditAction action, std::string object, uint64_t count);

  const Parts parts_;
  StreamSlots exports_{kMaxExports};
  StreamSlots watches_{kMaxWatches};
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_AUDIT_DESK_H_

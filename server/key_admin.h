#ifndef CARDVAULT_SERVER_KEY_ADMIN_H_
#define CARDVAULT_SERVER_KEY_ADMIN_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cardvault/admin/v1/key_service.pb.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "keys/keyring_holder.h"
#include "keys/keyring_manager.h"
#include "reencryption/key_census.h"
#include "reencryption/reencryption_job.h"
#include "server/caller.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/warrant.h"
#include "vault/engine/engine.h"

namespace cardvault {

// What operators do with keys: the calls of KeyService that change something, whoever has approved
// them; KEKs are KekAdmin's. All block on commits, KEK and scans. Errors: as the RPCs in
// key_service.proto. Thread-safe.
class KeyAdmin final {
 public:
  struct Parts {
    const KeyringHolder& keyring;
    KeyringManager& manager;
    const Engine& engine;
    CommitPipeline& pipeline;
    ReencryptionJob& job;
    // Takes deleted and overwritten rows of table keys out of the files.
    std::function<absl::Status()> purge_keys;
  };
  explicit KeyAdmin(Parts parts) : parts_(std::move(parts)) {}  // all must outlive this

  absl::StatusOr<admin::v1::ListKeysResponse> List(const Caller& caller,
                                                   const admin::v1::ListKeysRequest& request);
  absl::StatusOr<admin::v1::RotateKeyResponse> Rotate(const Warrant& warrant,
                                                      const admin::v1::RotateKeyRequest& request);
  absl::StatusOr<admin::v1::MarkKeyCompromisedResponse> MarkCompromised(
      const Warrant& warrant, const admin::v1::MarkKeyCompromisedRequest& request);
  absl::StatusOr<admin::v1::DestroyKeyResponse> Destroy(
      const Warrant& warrant, const admin::v1::DestroyKeyRequest& request);

  // Whether such a change can be made now, without making it: for proposals.
  absl::Status CheckDestroy(const admin::v1::DestroyKeyRequest& request) const;

  absl::StatusOr<admin::v1::StartReencryptionResponse> StartReencryption(
      const Caller& caller, const admin::v1::StartReencryptionRequest& request);
  absl::StatusOr<admin::v1::PauseReencryptionResponse> PauseReencryption(
      const Caller& caller, const admin::v1::PauseReencryptionRequest& request);
  absl::StatusOr<admin::v1::ResumeReencryptionResponse> ResumeReencryption(
      const Caller& caller, const admin::v1::ResumeReencryptionRequest& request);
  // At once.
  admin::v1::ReencryptionProgress Progress() const;

  // Every call that waits for a count ends soon: the server stops.
  void Stop() { stopping_.store(true); }

  // Takes what was deleted or wrapped anew out of the files; one that fails, because the store is
  // being read or repaired, is tried again by Tick.
  bool PurgeKeys();
  void Tick();

 private:
  // One count at a time: ABORTED (IN_PROGRESS).
  absl::StatusOr<KeyCensus> TakeCensus(const AuditOrigin& origin);
  absl::StatusOr<KeyVersionInfo> Find(KeyPurpose purpose, uint32_t version) const;

  const Parts parts_;
  std::atomic<bool> counting_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> purge_due_ = false;
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_KEY_ADMIN_H_

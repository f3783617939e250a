#ifndef CARDVAULT_SERVER_KEK_ADMIN_H_
#define CARDVAULT_SERVER_KEK_ADMIN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "audit/audit_leaf.h"
#include "cardvault/admin/v1/key_service.pb.h"
#include "keys/keyring.h"
#include "keys/keyring_holder.h"
#include "keys/keyring_manager.h"
#include "server/kek_places.h"
#include "server/kek_source.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/warrant.h"
#include "vault/engine/engine.h"

namespace cardvault {

// What operators do with KEKs that a machine holds, whoever has approved it: the next one, beside
// the one in use or at the next provider, and the end of one. All block on commits and on the KEK's
// provider. Errors: as the RPCs in key_service.proto. Thread-safe.
class KekAdmin final {
 public:
  struct Parts {
    const KeyringHolder& keyring;
    KeyringManager& manager;
    const Engine& engine;
    CommitPipeline& pipeline;
    KekPlaces& places;
    // Takes what the KEK before had wrapped out of the files; false: it is tried again.
    std::function<bool()> purge_keys;
  };
  explicit KekAdmin(Parts parts) : parts_(std::move(parts)) {}  // all must outlive this

  absl::StatusOr<admin::v1::RotateKekResponse> Rotate(const Warrant& warrant,
                                                      const admin::v1::RotateKekRequest& request)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<admin::v1::DestroyKekResponse> Destroy(const Warrant& warrant,
                                                        const admin::v1::DestroyKekRequest& request)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether such a change can be made now, without making it: for proposals. Rotate: the provider
  // that the next KEK will be with.
  absl::StatusOr<std::string> CheckRotate(const admin::v1::RotateKekRequest& request)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status CheckDestroy(const admin::v1::DestroyKekRequest& request) const;

 private:
  // Where the next KEK is to be made.
  absl::StatusOr<KekSource*> TargetOf(const admin::v1::RotateKekRequest& request,
                                      const KekVersionInfo& present)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Makes one where nothing lies, and opens it.
  absl::StatusOr<std::shared_ptr<KekProvider>> MakeNext(const Warrant& warrant, KekSource& source,
                                                        uint32_t generation)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Where a KEK is that is to be destroyed, or was when its destruction began.
  absl::StatusOr<KekSource*> PlaceOfRetired(const KekVersionInfo& kek)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // One that was made and wraps nothing could not be deleted again.
  void TellOfUnused(const AuditOrigin& origin, const KekSource& source, uint32_t generation,
                    const absl::Status& why);

  const Parts parts_;
  absl::Mutex mutex_;  // one change of a KEK's place at a time
};

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_KEK_ADMIN_H_

#ifndef CARDVAULT_SERVER_STORE_ADMISSION_H_
#define CARDVAULT_SERVER_STORE_ADMISSION_H_

#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "cardvault/admin/v1/store_service.pb.h"
#include "server/change_effects.h"
#include "server/rooms.h"
#include "server/serving_state.h"
#include "server/vault_seal.h"
#include "vault/admission/admission.h"
#include "vault/commit/warrant.h"

namespace cardvault {

// As long as payment ids that the ledger does not know are looked up upstream, unless the operator
// says otherwise: merchants try a payment again for days, and their books are closed within a
// month. And at most: until then every new payment costs a question more, and waits for it.
inline constexpr absl::Duration kDefaultLookUp = absl::Hours(30 * 24);
inline constexpr absl::Duration kMaxLookUp = absl::Hours(366 * 24);

// The calls of StoreService, which say what each does, needs and refuses. Thread-safe.
class StoreAdmission final {
 public:
  // All must outlive this.
  StoreAdmission(Rooms& rooms, VaultSeal& seal, const ServingState& serving, const Clock& clock)
      : rooms_(rooms),
        seal_(seal),
        serving_(serving),
        clock_(clock),
        admission_(rooms.standing.admission) {}

  admin::v1::GetStoreResponse Show() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether the store could be admitted now.
  absl::Status Check(const admin::v1::AdmitStoreRequest& request) const;

  // Blocks on the commit, and on what a start waits for.
  absl::StatusOr<admin::v1::AdmitStoreResponse> Admit(const Warrant& warrant,
                                                      const admin::v1::AdmitStoreRequest& request)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::StatusOr<absl::Time> LookUpUntil(const admin::v1::AdmitStoreRequest& request) const;

  Rooms& rooms_;
  VaultSeal& seal_;
  const ServingState& serving_;
  const Clock& clock_;

  mutable absl::Mutex mutex_;  // held during an admission
  std::optional<Admission> admission_ ABSL_GUARDED_BY(mutex_);
};

// `admission` must outlive the effects.
void AddAdmissionEffect(StoreAdmission& admission, ChangeEffects& effects);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_STORE_ADMISSION_H_

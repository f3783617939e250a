#ifndef CARDVAULT_SERVER_MERCHANT_ADMIN_H_
#define CARDVAULT_SERVER_MERCHANT_ADMIN_H_

#include "absl/status/statusor.h"
#include "cardvault/admin/v1/system_service.pb.h"
#include "server/caller.h"
#include "server/change_effects.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/retention/merchant_purge.h"

namespace cardvault {

// What SystemService does about merchants; the proto says what each call means. Thread-safe.
class MerchantAdmin final {
 public:
  // Both must outlive this.
  MerchantAdmin(MerchantPurge& purge, CommitPipeline& pipeline)
      : purge_(purge), pipeline_(pipeline) {}

  // Blocks on the commit of its entry.
  absl::StatusOr<admin::v1::PurgeMerchantResponse> Purge(const Caller& caller,
                                                         admin::v1::PurgeMerchantRequest& request);

  admin::v1::MerchantPurgeProgress Progress() const;

 private:
  MerchantPurge& purge_;
  CommitPipeline& pipeline_;
};

// `purge` must outlive the effects.
void AddPurgeEffect(MerchantPurge& purge, ChangeEffects& effects);

}  // namespace cardvault

#endif  // CARDVAULT_SERVER_MERCHANT_ADMIN_H_

#include "server/merchant_admin.h"

#include <cstdint>
#include <string>
#include <utility>

#include "base/error_reason.h"
#include "base/id.h"
#include "base/status.h"
#include "server/admin_steps.h"
#include "server/wire/field_checks.h"

namespace cardvault {
namespace {

std::string StateWord(PurgeState state) {
  switch (state) {
    case PurgeState::kIdle:
      return "idle";
    case PurgeState::kRunning:
      return "running";
    case PurgeState::kDone:
      return "done";
  }
  return "";
}

}  // namespace

absl::StatusOr<admin::v1::PurgeMerchantResponse> MerchantAdmin::Purge(
    const Caller& caller, admin::v1::PurgeMerchantRequest& request) {
  ASSIGN_OR_RETURN(const MerchantId merchant, ParseId<MerchantId>(request.merchant(), "merchant"));
  admin::v1::PurgeMerchantResponse response;
  if (request.check_only()) {
    ASSIGN_OR_RETURN(const MerchantPurge::Outlook outlook, purge_.Check(merchant));
    RETURN_IF_ERROR(TellOfRead(pipeline_, caller, "merchant"));
    response.set_card_count(static_cast<int64_t>(outlook.card_count));
    return response;
  }
  ASSIGN_OR_RETURN(const uint64_t card_count, purge_.Start(merchant, caller.origin));
  response.set_card_count(static_cast<int64_t>(card_count));
  *response.mutable_progress() = Progress();
  return response;
}

admin::v1::MerchantPurgeProgress MerchantAdmin::Progress() const {
  const PurgeProgress progress = purge_.GetProgress();
  admin::v1::MerchantPurgeProgress shown;
  shown.set_state(StateWord(progress.state));
  if (progress.state == PurgeState::kIdle) return shown;
  shown.set_merchant(progress.merchant);
  shown.set_deleted_count(static_cast<int64_t>(progress.deleted_count));
  if (progress.total_count.has_value()) {
    shown.set_total_count(static_cast<int64_t>(*progress.total_count));
  }
  shown.set_damaged_count(static_cast<int64_t>(progress.unreadable_count));
  *shown.mutable_start_time() = ToTimestamp(progress.start_time);
  if (progress.state == PurgeState::kDone) {
    *shown.mutable_end_time() = ToTimestamp(progress.end_time);
  } else if (!progress.last_error.ok()) {
    const absl::string_view reason = ReasonName(ReasonOf(progress.last_error));
    shown.set_reason(reason.data(), reason.size());
    const absl::string_view problem = progress.last_error.message();
    shown.set_problem(problem.data(), problem.size());
  }
  return shown;
}

void AddPurgeEffect(MerchantPurge& purge, ChangeEffects& effects) {
  using admin::v1::Proposal;
  ChangeEffect& effect = effects[Proposal::kPurgeMerchant];
  // It rests on that no purge has begun or ended since: who approves twice what was meant once must
  // not delete what the merchant has stored in between.
  effect.check = [&purge](const Proposal& proposal, const SecretBytes&,
                          const AuditOrigin&) -> absl::StatusOr<ChangeCheck> {
    ASSIGN_OR_RETURN(const MerchantId merchant,
                     ParseId<MerchantId>(proposal.purge_merchant().merchant(), "merchant"));
    ASSIGN_OR_RETURN(MerchantPurge::Outlook outlook, purge.Check(merchant));
    return ChangeCheck{{}, merchant.value(), {std::move(outlook.base)}};
  };
  effect.apply = [&purge](const Proposal& proposal, const SecretBytes&, const Warrant& warrant,
                          ChangeEffect::Done done) {
    const absl::StatusOr<MerchantId> merchant =
        ParseId<MerchantId>(proposal.purge_merchant().merchant(), "merchant");
    std::move(done)(merchant.ok() ? purge.Start(*merchant, warrant).status() : merchant.status());
  };
}

}  // namespace cardvault

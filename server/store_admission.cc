#include "server/store_admission.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "server/wire/field_checks.h"
#include "vault/admission/machine.h"
#include "vault/admission/restore_mark.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using admin::v1::Proposal;

std::string TimeText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

AuditLeaf LeafOf(AuditAction action, const AuditOrigin& origin, std::string object) {
  AuditLeaf leaf{action};
  leaf.origin = origin;
  leaf.object = std::move(object);
  return leaf;
}

absl::Status Admitted() {
  return FailedPrecondition(ErrorReason::kKeyState, "the store is admitted");
}

}  // namespace

admin::v1::GetStoreResponse StoreAdmission::Show() const {
  const absl::MutexLock lock(&mutex_);
  admin::v1::GetStoreResponse response;
  response.set_vault_id(rooms_.identity->vault_id.value());
  response.set_admitted(!serving_.Current().Has(Restriction::kNotAdmitted));
  if (!response.admitted()) {
    for (const AdmissionReason& reason : rooms_.standing.reasons) {
      admin::v1::AdmissionReason& shown = *response.add_reasons();
      shown.set_kind(std::string(AdmissionReasonName(reason.kind)));
      shown.set_text(reason.text);
      shown.set_missing_first(static_cast<int64_t>(reason.missing_first));
      shown.set_missing_end(static_cast<int64_t>(reason.missing_end));
    }
    *response.mutable_last_entry_time() = ToTimestamp(rooms_.standing.last_entry_time);
  }
  response.set_audit_entry_count(static_cast<int64_t>(rooms_.pipeline->audit_entry_count()));
  response.set_log(static_cast<int32_t>(admission_.has_value() ? admission_->log : kFirstLog));
  if (admission_.has_value()) {
    *response.mutable_admit_time() = ToTimestamp(admission_->admit_time);
    *response.mutable_look_up_until() = ToTimestamp(admission_->look_up_until);
    *response.mutable_deletions_missing_from() = ToTimestamp(admission_->deletions_missing_from);
    response.set_restored_entry_count(static_cast<int64_t>(admission_->restored_size));
  }
  return response;
}

absl::StatusOr<absl::Time> StoreAdmission::LookUpUntil(
    const admin::v1::AdmitStoreRequest& request) const {
  const absl::Time now = clock_.Now();
  if (!request.has_look_up_until()) return now + kDefaultLookUp;
  const absl::Time until = absl::FromUnixSeconds(request.look_up_until().seconds());
  if (until <= now || until > now + kMaxLookUp) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "look_up_until",
                           "not in the future, or more than 366 days from now");
  }
  return until;
}

absl::Status StoreAdmission::Check(const admin::v1::AdmitStoreRequest& request) const {
  if (!rooms_.pipeline->is_closed()) return Admitted();
  RETURN_IF_ERROR(LookUpUntil(request).status());
  if (!request.deletions_unknown()) {
    return InvalidArgument(
        ErrorReason::kFieldMissing, "deletions_unknown",
        "cards that were deleted since may be there again: say that it is known");
  }
  if (static_cast<uint64_t>(request.audit_entry_count()) != rooms_.standing.log_size) {
    return FailedPrecondition(ErrorReason::kRevision,
                              "the store is not the one that was looked at: look at it again");
  }
  if (serving_.Current().Has(Restriction::kSealed)) {
    return FailedPrecondition(ErrorReason::kVaultSealed,
                              "the vault is sealed: a store is admitted with its keys");
  }
  return absl::OkStatus();
}

absl::StatusOr<admin::v1::AdmitStoreResponse> StoreAdmission::Admit(
    const Warrant& warrant, const admin::v1::AdmitStoreRequest& request) {
  const absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(Check(request));
  const StoreStanding& standing = rooms_.standing;
  Admission admission;
  admission.log = standing.before.log + 1;
  admission.restored_size = standing.log_size;
  admission.before = standing.before;
  // As they are stored: to the microsecond.
  admission.admit_time = absl::FromUnixMicros(absl::ToUnixMicros(clock_.Now()));
  ASSIGN_OR_RETURN(admission.look_up_until, LookUpUntil(request));
  admission.deletions_missing_from = standing.last_entry_time;

  Warrant whole = warrant;
  whole.first_leaves.push_back(
      LeafOf(AuditAction::kLogRestored, warrant.origin, FormatRestoredLog(standing.before)));
  whole.leaves.insert(
      whole.leaves.begin(),
      LeafOf(AuditAction::kStoreAdmitted, warrant.origin,
             absl::StrCat("look-up-until ", TimeText(admission.look_up_until),
                          " deletions-missing-from ", TimeText(admission.deletions_missing_from))));
  whole.puts.push_back(AdmissionPut(admission));
  if (rooms_.machine.has_value()) whole.puts.push_back(MachinePut(*rooms_.machine));
  whole.deletes.push_back({Table::kMeta, std::string(kRestoreMarkKey)});
  // Before a payment can come.
  rooms_.payments->LookUpUnknownUntil(admission.look_up_until);
  RETURN_IF_ERROR(seal_.Admit(whole));
  admission_ = admission;

  admin::v1::AdmitStoreResponse response;
  response.set_log(static_cast<int32_t>(admission.log));
  *response.mutable_look_up_until() = ToTimestamp(admission.look_up_until);
  *response.mutable_deletions_missing_from() = ToTimestamp(admission.deletions_missing_from);
  return response;
}

void AddAdmissionEffect(StoreAdmission& admission, ChangeEffects& effects) {
  ChangeEffect& admit = effects[Proposal::kAdmitStore];
  admit.of_admission = true;
  admit.check = [&admission](const Proposal& proposal, const SecretBytes&,
                             const AuditOrigin&) -> absl::StatusOr<ChangeCheck> {
    RETURN_IF_ERROR(admission.Check(proposal.admit_store()));
    return ChangeCheck{{}, "store", {}};
  };
  admit.apply = [&admission](const Proposal& proposal, const SecretBytes&, const Warrant& warrant,
                             ChangeEffect::Done done) {
    std::move(done)(admission.Admit(warrant, proposal.admit_store()).status());
  };
}

}  // namespace cardvault

#include "server/store_admission.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "audit/checkpoint.h"
#include "audit/note_key.h"
#include "audit/signed_note.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "forwarder/payments.h"
#include "keys/keyring.h"
#include "keys/keyring_holder.h"
#include "server/wire/field_checks.h"
#include "vault/admission/machine.h"
#include "vault/admission/restore_mark.h"
#include "vault/checkpoint/outside_log.h"
#include "vault/commit/write_set.h"
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

constexpr absl::string_view kWrong = "WRONG";

// Whether the vault signed a note, as DeclaredCheckpoint has it.
absl::string_view SignatureOf(absl::string_view note, const KeyringHolder& holder) {
  if (note.empty()) return "OWN";
  const absl::StatusOr<std::shared_ptr<const Keyring>> keyring = holder.Snapshot();
  if (!keyring.ok()) return "UNREAD";
  const absl::StatusOr<SignedNote> parsed = ParseNote(note);
  const absl::StatusOr<Checkpoint> said =
      parsed.ok() ? ParseCheckpoint(parsed->text) : parsed.status();
  if (!said.ok()) return kWrong;
  std::vector<NoteKey> keys;
  for (const KeyVersionInfo& info : (*keyring)->Inventory()) {
    if (!info.public_key.has_value()) continue;
    const absl::StatusOr<NoteKey> key = NoteKey::Make(said->origin, *info.public_key);
    if (key.ok()) keys.push_back(*key);
  }
  const absl::Status opened = OpenNote(note, keys).status();
  if (opened.ok()) return "VERIFIED";
  return ReasonOf(opened) == ErrorReason::kUnverified ? "UNKNOWN_KEY" : kWrong;
}

absl::StatusOr<absl::Time> CheckUntil(const google::protobuf::Timestamp& timestamp,
                                      absl::Time now) {
  const absl::Time until = absl::FromUnixSeconds(timestamp.seconds());
  if (until <= now || until > now + kMaxLookUp) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "look_up_until",
                           "not in the future, or more than 366 days from now");
  }
  return until;
}

absl::Status NotUsable() {
  return InvalidArgument(ErrorReason::kFieldInvalid, "checkpoint",
                         "no signed checkpoint of this vault, of another log than the declared "
                         "one, or an earlier one");
}

absl::Status Admitted() {
  return FailedPrecondition(
      ErrorReason::kKeyState,
      "the store is admitted; where it is not served yet, start the server again");
}

}  // namespace

admin::v1::GetStoreResponse StoreAdmission::Show() const {
  const absl::MutexLock lock(&mutex_);
  admin::v1::GetStoreResponse response;
  response.set_vault_id(rooms_.identity->vault_id.value());
  response.set_admitted(!serving_.Current().Has(Restriction::kNotAdmitted));
  if (!response.admitted()) {
    absl::StatusOr<StoreStanding> now = JudgeRooms(rooms_);
    // As it was found, while what stands outside cannot be read.
    const StoreStanding& standing = now.ok() ? *now : rooms_.standing;
    for (const AdmissionReason& reason : standing.reasons) {
      admin::v1::AdmissionReason& shown = *response.add_reasons();
      shown.set_kind(std::string(AdmissionReasonName(reason.kind)));
      shown.set_text(reason.text);
      shown.set_missing_first(static_cast<int64_t>(reason.missing_first));
      shown.set_missing_end(static_cast<int64_t>(reason.missing_end));
    }
    *response.mutable_last_entry_time() = ToTimestamp(standing.last_entry_time);
    response.mutable_declared()->set_log(static_cast<int32_t>(standing.before.log));
    response.mutable_declared()->set_size(static_cast<int64_t>(standing.before.size));
    response.mutable_declared()->set_signature(
        std::string(SignatureOf(standing.before_note, rooms_.keyring)));
  }
  response.set_audit_entry_count(static_cast<int64_t>(rooms_.pipeline->audit_entry_count()));
  response.set_log(static_cast<int32_t>(admission_.has_value() ? admission_->log : kFirstLog));
  for (const Payments::UnaskableRoute& route : rooms_.payments->UnaskableRoutes()) {
    admin::v1::UnaskableRoute& shown = *response.add_unaskable_routes();
    shown.set_route(route.name.value());
    shown.set_text(route.why);
  }
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
  return CheckUntil(request.look_up_until(), now);
}

absl::StatusOr<StoreStanding> StoreAdmission::Judge(
    const admin::v1::AdmitStoreRequest& request) const {
  std::optional<RestoredLog> given;
  if (!request.checkpoint().empty()) {
    const absl::StatusOr<RestoredLog> parsed =
        ParseOutside(request.checkpoint(), rooms_.identity->vault_id);
    if (!parsed.ok()) return NotUsable();
    given = *parsed;
  }
  if (!rooms_.pipeline->is_closed()) return Admitted();
  RETURN_IF_ERROR(LookUpUntil(request).status());
  if (!request.deletions_unknown()) {
    return InvalidArgument(
        ErrorReason::kFieldMissing, "deletions_unknown",
        "cards that were deleted since may be there again: say that it is known");
  }
  // Anew: another server that went on meanwhile shows outside.
  ASSIGN_OR_RETURN(StoreStanding standing, JudgeRooms(rooms_));
  if (standing.is_admitted() || standing.before.log != rooms_.standing.before.log) {
    return FailedPrecondition(ErrorReason::kRevision,
                              "what stands outside is not what it was: start the server again");
  }
  if (static_cast<uint64_t>(request.audit_entry_count()) != standing.log_size ||
      static_cast<uint32_t>(request.declared_log()) != standing.before.log ||
      static_cast<uint64_t>(request.declared_size()) != standing.before.size) {
    return FailedPrecondition(ErrorReason::kRevision,
                              "the store is not the one that was looked at: look at it again");
  }
  if (serving_.Current().Has(Restriction::kSealed)) {
    return FailedPrecondition(ErrorReason::kVaultSealed,
                              "the vault is sealed: a store is admitted with its keys");
  }
  if (given.has_value()) {
    if (given->log != standing.before.log || IsLater(standing.before, *given)) return NotUsable();
    standing.before = *given;
    standing.before_note = request.checkpoint();
  }
  if (SignatureOf(standing.before_note, rooms_.keyring) == kWrong) {
    return FailedPrecondition(ErrorReason::kUnverified,
                              "the checkpoint that would be declared was not signed by this vault: "
                              "somebody else wrote it; take it out");
  }
  return standing;
}

absl::StatusOr<admin::v1::AdmitStoreResponse> StoreAdmission::Admit(
    const Warrant& warrant, const admin::v1::AdmitStoreRequest& request) {
  const absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const StoreStanding standing, Judge(request));
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
  for (AuditLeaf& held : rooms_.pipeline->HeldEntries()) whole.leaves.push_back(std::move(held));
  whole.puts.push_back(AdmissionPut(admission));
  if (rooms_.machine.has_value()) whole.puts.push_back(MachinePut(*rooms_.machine));
  whole.deletes.push_back({Table::kMeta, std::string(kRestoreMarkKey)});
  RETURN_IF_ERROR(rooms_.routes->DisableAll(whole));
  // Before a payment can come.
  rooms_.payments->LookUpUnknown(admission.admit_time, admission.look_up_until);
  RETURN_IF_ERROR(seal_.Admit(whole, AdmissionDigest(admission)));
  admission_ = admission;

  admin::v1::AdmitStoreResponse response;
  response.set_log(static_cast<int32_t>(admission.log));
  *response.mutable_look_up_until() = ToTimestamp(admission.look_up_until);
  *response.mutable_deletions_missing_from() = ToTimestamp(admission.deletions_missing_from);
  return response;
}

absl::StatusOr<Admission> StoreAdmission::WithLookUp(
    const admin::v1::ChangeLookUpRequest& request) const {
  if (!admission_.has_value()) {
    return FailedPrecondition(ErrorReason::kKeyState,
                              "the store was never admitted after a restore");
  }
  Admission changed = *admission_;
  const absl::Time now = clock_.Now();
  if (request.ends_now() && request.has_look_up_until()) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "look_up_until",
                           "a time, or that it ends now: not both");
  }
  if (request.ends_now()) {
    changed.look_up_until = absl::FromUnixSeconds(absl::ToUnixSeconds(now));
    return changed;
  }
  if (!request.has_look_up_until()) {
    return InvalidArgument(ErrorReason::kFieldMissing, "look_up_until",
                           "a time, or that it ends now");
  }
  ASSIGN_OR_RETURN(changed.look_up_until, CheckUntil(request.look_up_until(), now));
  return changed;
}

absl::Status StoreAdmission::CheckLookUp(const admin::v1::ChangeLookUpRequest& request) const {
  const absl::MutexLock lock(&mutex_);
  return WithLookUp(request).status();
}

absl::StatusOr<admin::v1::ChangeLookUpResponse> StoreAdmission::ChangeLookUp(
    const Warrant& warrant, const admin::v1::ChangeLookUpRequest& request) {
  const absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const Admission changed, WithLookUp(request));
  WriteSet set;
  set.puts = {AdmissionPut(changed)};
  set.leaves = {LeafOf(AuditAction::kStoreLookUpChanged, warrant.origin,
                       absl::StrCat("until ", TimeText(changed.look_up_until)))};
  warrant.Join(set);
  const CommitResult result = rooms_.pipeline->SubmitAndWait(std::move(set));
  if (!result.committed()) return result.status;
  admission_ = changed;
  rooms_.payments->LookUpUnknown(changed.admit_time, changed.look_up_until);

  admin::v1::ChangeLookUpResponse response;
  *response.mutable_look_up_until() = ToTimestamp(changed.look_up_until);
  return response;
}

void AddAdmissionEffects(StoreAdmission& admission, ChangeEffects& effects) {
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

  ChangeEffect& look_up = effects[Proposal::kChangeLookUp];
  look_up.check = [&admission](const Proposal& proposal, const SecretBytes&,
                               const AuditOrigin&) -> absl::StatusOr<ChangeCheck> {
    RETURN_IF_ERROR(admission.CheckLookUp(proposal.change_look_up()));
    return ChangeCheck{{}, "store", {}};
  };
  look_up.apply = [&admission](const Proposal& proposal, const SecretBytes&, const Warrant& warrant,
                               ChangeEffect::Done done) {
    std::move(done)(admission.ChangeLookUp(warrant, proposal.change_look_up()).status());
  };
}

}  // namespace cardvault

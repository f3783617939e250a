#include "server/custody_desk.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "audit/audit_leaf.h"
#include "base/error_reason.h"
#include "base/log.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "keys/custody/custody_record.h"
#include "server/admin_steps.h"
#include "server/identity.h"
#include "server/key_text.h"
#include "server/telling.h"
#include "server/wire/field_checks.h"
#include "vault/commit/write_set.h"
#include "vault/keyring_row_store.h"

namespace cardvault {
namespace {

// Takes a share out of a request. What it stood in is freed at once, and so overwritten
// (base/process_hardening.h).
SecretBytes TakeShare(std::string& field) {
  const std::string taken = std::exchange(field, {});
  return SecretBytes::CopyOf(taken);
}

AuditLeaf LeafOf(AuditAction action, const Caller& caller, const CustodyRecord& record) {
  AuditLeaf leaf{action};
  leaf.origin = caller.origin;
  leaf.object = record.check_value;
  return leaf;
}

const CustodyRecord::Custodian* Find(const CustodyRecord& record, const std::string& identity) {
  for (const CustodyRecord::Custodian& custodian : record.custodians) {
    if (custodian.identity == identity) return &custodian;
  }
  return nullptr;
}

bool IsOf(const CustodyRecord& record, const std::string& kek_id) {
  return absl::BytesToHexString(record.kek_id) == kek_id;
}

admin::v1::Custody Shown(const CustodyRecord& record, const ShareCollector::Status& status) {
  admin::v1::Custody custody;
  custody.set_kek_id(absl::BytesToHexString(record.kek_id));
  custody.set_kek_check_value(record.check_value);
  custody.set_threshold(static_cast<int32_t>(record.threshold));
  *custody.mutable_create_time() = ToTimestamp(record.create_time);
  for (size_t i = 0; i < record.custodians.size(); ++i) {
    const CustodyRecord::Custodian& custodian = record.custodians[i];
    admin::v1::CustodianInfo& info = *custody.add_custodians();
    info.set_identity(custodian.identity);
    info.set_certificate_sha256(absl::BytesToHexString(custodian.certificate_sha256));
    if (custodian.acknowledge_time.has_value()) {
      *info.mutable_acknowledge_time() = ToTimestamp(*custodian.acknowledge_time);
    }
    info.set_submitted(status.custodians[i].submitted);
    info.set_locked_seconds(static_cast<int32_t>(
        absl::ToInt64Seconds(absl::Ceil(status.custodians[i].locked_for, absl::Seconds(1)))));
  }
  return custody;
}

absl::StatusOr<std::vector<NewCustodian>> NewCustodians(
    const admin::v1::ProposeCustodyRequest& request) {
  std::vector<NewCustodian> custodians;
  for (const admin::v1::NewCustodian& asked : request.custodians()) {
    const absl::StatusOr<Identity> identity = ParseIdentity(asked.identity());
    if (!identity.ok() || identity->kind != Identity::Kind::kCustodian) {
      return InvalidArgument(ErrorReason::kFieldInvalid, "custodians",
                             "not of the form spiffe://<domain>/custodian/<name>");
    }
    custodians.push_back({asked.identity(), asked.certificate(), std::nullopt});
  }
  return custodians;
}

absl::Status NothingProposed() {
  return InvalidArgument(ErrorReason::kFieldInvalid, "kek_id",
                         "no custody of this id is present or proposed");
}

absl::Status InForce() {
  return FailedPrecondition(ErrorReason::kPolicy,
                            "this KEK is in force: who destroys its shares loses the vault");
}

}  // namespace

CustodyDesk::CustodyDesk(CustodyParts parts, std::optional<StoredCustody> stored)
    : parts_(std::move(parts)) {
  const absl::MutexLock lock(&mutex_);
  Take(std::move(stored));
}

CustodyDesk::~CustodyDesk() = default;

absl::Status CustodyDesk::Tell(AuditAction action, const Caller& caller,
                               const CustodyRecord& record) {
  return cardvault::Tell(parts_.pipeline, {LeafOf(action, caller, record)});
}

absl::StatusOr<admin::v1::GetCustodyStatusResponse> CustodyDesk::Status(
    const Caller& caller, admin::v1::GetCustodyStatusRequest&) {
  RETURN_IF_ERROR(TellOfRead(parts_.pipeline, caller, "custody"));
  const absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(Refresh());
  admin::v1::GetCustodyStatusResponse response;
  response.set_vault_id(parts_.vault_id.value());
  response.set_sealed(is_sealed());
  if (stored_.has_value()) {
    const ShareCollector::Status status = collector_->GetStatus();
    response.set_collected_count(static_cast<int32_t>(status.collected));
    *response.mutable_present() = Shown(stored_->record, status);
  }
  if (proposal_ != nullptr) {
    *response.mutable_proposed() =
        Shown(proposal_->custody.record, proposal_->collector.GetStatus());
  }
  response.set_caller(caller.identity.uri);
  return response;
}

absl::StatusOr<admin::v1::SubmitShareResponse> CustodyDesk::Submit(
    const Caller& caller, admin::v1::SubmitShareRequest& request) {
  const SecretBytes share = TakeShare(*request.mutable_share());
  const absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(Refresh());
  if (!is_sealed()) {
    return FailedPrecondition(ErrorReason::kNotSealed, "the vault is open: it wants no shares");
  }
  if (!stored_.has_value()) {
    return FailedPrecondition(ErrorReason::kMode,
                              "this vault's KEK is not in custody: a restart unseals it");
  }
  ASSIGN_OR_RETURN(ShareCollector::Progress progress,
                   collector_->Submit(caller.identity.uri, share));
  std::vector<AuditLeaf> leaves = {LeafOf(AuditAction::kShareTaken, caller, stored_->record)};
  const bool enough = progress.kek != nullptr;
  if (enough) {
    leaves.push_back(LeafOf(AuditAction::kVaultUnsealed, caller, stored_->record));
    RETURN_IF_ERROR(parts_.seal.Unseal(std::move(progress.kek), std::move(leaves)));
  } else {
    if (absl::Status told = cardvault::Tell(parts_.pipeline, std::move(leaves)); !told.ok()) {
      collector_->Forget(caller.identity.uri);  // refused, as if it had not come
      return told;
    }
  }
  admin::v1::SubmitShareResponse response;
  response.set_collected_count(static_cast<int32_t>(progress.collected));
  response.set_threshold(static_cast<int32_t>(progress.threshold));
  response.set_unsealed(enough);
  return response;
}

absl::StatusOr<admin::v1::AcknowledgeDutiesResponse> CustodyDesk::Acknowledge(
    const Caller& caller, admin::v1::AcknowledgeDutiesRequest& request) {
  const SecretBytes share = TakeShare(*request.mutable_share());
  const absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(Refresh());
  absl::StatusOr<absl::Time> time = NothingProposed();
  if (IsInForce(request.kek_id())) {
    time = AcknowledgePresent(caller, share);
  } else if (proposal_ != nullptr && IsOf(proposal_->custody.record, request.kek_id())) {
    time = AcknowledgeProposed(caller, share);
  }
  RETURN_IF_ERROR(time.status());
  admin::v1::AcknowledgeDutiesResponse response;
  *response.mutable_acknowledge_time() = ToTimestamp(*time);
  return response;
}

absl::StatusOr<absl::Time> CustodyDesk::AcknowledgePresent(const Caller& caller,
                                                           const SecretBytes& share) {
  const std::string& identity = caller.identity.uri;
  RETURN_IF_ERROR(collector_->Prove(identity, share));
  const auto& before = Find(stored_->record, identity)->acknowledge_time;
  if (before.has_value()) return *before;
  CustodyRecord record = stored_->record;
  RETURN_IF_ERROR(cardvault::Acknowledge(record, identity, parts_.clock.Now()));
  WriteSet set = CustodySet(record, stored_);
  set.leaves.push_back(LeafOf(AuditAction::kCustodyAcknowledged, caller, record));
  const CommitResult result = parts_.pipeline.SubmitAndWait(std::move(set));
  RETURN_IF_ERROR(result.status);
  Take(StoredCustody{std::move(record), result.revision});
  return *Find(stored_->record, identity)->acknowledge_time;
}

absl::StatusOr<absl::Time> CustodyDesk::AcknowledgeProposed(const Caller& caller,
                                                            const SecretBytes& share) {
  const std::string& identity = caller.identity.uri;
  CustodyRecord& record = proposal_->custody.record;
  RETURN_IF_ERROR(proposal_->collector.Prove(identity, share));
  if (!Find(record, identity)->acknowledge_time.has_value()) {
    RETURN_IF_ERROR(Tell(AuditAction::kCustodyAcknowledged, caller, record));
    RETURN_IF_ERROR(cardvault::Acknowledge(record, identity, parts_.clock.Now()));
  }
  return *Find(record, identity)->acknowledge_time;
}

absl::StatusOr<admin::v1::GetEnvelopeResponse> CustodyDesk::Envelope(
    const Caller& caller, admin::v1::GetEnvelopeRequest&) {
  const absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(Refresh());
  if (proposal_ != nullptr) {
    const NewCustody& custody = proposal_->custody;
    for (const NewCustody::SealedShare& share : custody.shares) {
      if (share.custodian != caller.identity.uri) continue;
      RETURN_IF_ERROR(Tell(AuditAction::kCustodyEnvelopeGiven, caller, custody.record));
      admin::v1::GetEnvelopeResponse response;
      response.set_envelope(share.envelope_pem);
      response.set_kek_id(absl::BytesToHexString(custody.record.kek_id));
      response.set_kek_check_value(custody.record.check_value);
      return response;
    }
  }
  return NotFound(ErrorReason::kNotFound, "no share for this custodian is proposed");
}

absl::StatusOr<admin::v1::ProposeCustodyResponse> CustodyDesk::Propose(
    const Caller& caller, admin::v1::ProposeCustodyRequest& request) {
  ASSIGN_OR_RETURN(const std::vector<NewCustodian> custodians, NewCustodians(request));
  const auto threshold = static_cast<uint32_t>(std::max(request.threshold(), 0));
  const absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(Refresh());
  ASSIGN_OR_RETURN(const KekVersionInfo present, parts_.keyring.ReadKek());
  ASSIGN_OR_RETURN(NewCustody custody, CreateCustody(parts_.vault_id, present.generation + 1,
                                                     threshold, custodians, parts_.clock.Now()));
  RETURN_IF_ERROR(Tell(AuditAction::kCustodyProposed, caller, custody.record));
  proposal_ = std::make_unique<Proposal>(
      std::move(custody), parts_.clock.SinceBoot() + kProposalLifetime, parts_.clock);
  admin::v1::ProposeCustodyResponse response;
  *response.mutable_proposed() = Shown(proposal_->custody.record, proposal_->collector.GetStatus());
  return response;
}

absl::StatusOr<admin::v1::ActivateCustodyResponse> CustodyDesk::Activate(
    const Caller& caller, admin::v1::ActivateCustodyRequest& request) {
  RETURN_IF_ERROR(Activate(request.kek_id(), Warrant(caller.origin)));
  const absl::MutexLock lock(&mutex_);
  admin::v1::ActivateCustodyResponse response;
  if (stored_.has_value()) {
    *response.mutable_present() = Shown(stored_->record, collector_->GetStatus());
  }
  return response;
}

absl::Status CustodyDesk::Activate(const std::string& kek_id, const Warrant& warrant) {
  const absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(Refresh());
  // It is already, when an answer was lost, or it is asked for again.
  if (IsInForce(kek_id)) return absl::OkStatus();
  RETURN_IF_ERROR(CheckActivatable(kek_id));
  // One commit: the keyring under the new KEK, who holds its shares, and the warrant.
  const CustodyRecord& record = proposal_->custody.record;
  WriteSet set = CustodySet(record, stored_);
  AuditLeaf replaced{AuditAction::kCustodyReplaced};
  replaced.origin = warrant.origin;
  replaced.object = record.check_value;
  set.leaves.push_back(std::move(replaced));
  warrant.Join(set);
  KeyringRowStore store(parts_.engine, parts_.pipeline, Warrant(warrant.origin, std::move(set)));
  RETURN_IF_ERROR(parts_.keyring.Rewrap(proposal_->kek, store));
  parts_.purge_keys();
  LogEvent(LogLevel::kInfo, "custody.replaced").With("vault", parts_.vault_id);
  return Refresh();
}

absl::StatusOr<Precondition> CustodyDesk::CheckActivate(const std::string& kek_id) {
  const absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(Refresh());
  RETURN_IF_ERROR(CheckActivatable(kek_id));
  return CustodySet(proposal_->custody.record, stored_).preconditions.front();
}

absl::Status CustodyDesk::CheckActivatable(const std::string& kek_id) {
  if (proposal_ == nullptr || !IsOf(proposal_->custody.record, kek_id)) return NothingProposed();
  ASSIGN_OR_RETURN(const KekVersionInfo present, parts_.keyring.ReadKek());
  if (present.generation >= proposal_->custody.record.generation) {
    return FailedPrecondition(ErrorReason::kPolicy,
                              "another KEK wraps the keyring since this one was proposed: propose "
                              "it again");
  }
  for (const CustodyRecord::Custodian& custodian : proposal_->custody.record.custodians) {
    if (custodian.acknowledge_time.has_value()) continue;
    return FailedPrecondition(ErrorReason::kPolicy,
                              "not every custodian has acknowledged his duties yet");
  }
  return absl::OkStatus();
}

absl::StatusOr<admin::v1::WithdrawCustodyResponse> CustodyDesk::Withdraw(
    const Caller& caller, admin::v1::WithdrawCustodyRequest& request) {
  const std::string& kek_id = request.kek_id();
  RETURN_IF_ERROR(CheckKekId(kek_id));
  const absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(Refresh());
  if (IsInForce(kek_id)) return InForce();
  if (kek_id == withdrawn_) return admin::v1::WithdrawCustodyResponse();
  if (proposal_ == nullptr || !IsOf(proposal_->custody.record, kek_id)) return NothingProposed();
  // An activation whose answer was lost may come up before this entry; then it is not entered.
  WriteSet set;
  set.preconditions = NoCustodySet(stored_).preconditions;
  set.leaves.push_back(LeafOf(AuditAction::kCustodyWithdrawn, caller, proposal_->custody.record));
  const absl::Status told = parts_.pipeline.SubmitAndWait(std::move(set)).status;
  RETURN_IF_ERROR(Refresh());
  if (IsInForce(kek_id)) return InForce();
  RETURN_IF_ERROR(told);
  withdrawn_ = kek_id;
  proposal_ = nullptr;
  return admin::v1::WithdrawCustodyResponse();
}

void CustodyDesk::Tick() {
  const absl::MutexLock lock(&mutex_);
  if (collector_.has_value()) collector_->ForgetExpired();
  if (const absl::Status status = Refresh(); !status.ok()) {
    LogEvent(LogLevel::kError, "custody.record_unreadable").With("status", status);
  }
}

bool CustodyDesk::IsInForce(const std::string& kek_id) const {
  return stored_.has_value() && IsOf(stored_->record, kek_id);
}

void CustodyDesk::Take(std::optional<StoredCustody> stored) {
  stored_ = std::move(stored);
  if (!stored_.has_value()) {
    collector_.reset();
  } else if (collector_.has_value()) {
    collector_->SetRecord(stored_->record);
  } else {
    collector_.emplace(stored_->record, parts_.clock);
  }
}

absl::Status CustodyDesk::Refresh() {
  ASSIGN_OR_RETURN(std::optional<StoredCustody> stored, ReadCustody(parts_.engine));
  if (stored.has_value() != stored_.has_value() ||
      (stored.has_value() && stored->revision != stored_->revision)) {
    Take(std::move(stored));
  }
  if (proposal_ != nullptr &&
      (IsInForce(absl::BytesToHexString(proposal_->custody.record.kek_id)) || is_sealed() ||
       parts_.clock.SinceBoot() >= proposal_->expires)) {
    proposal_ = nullptr;
  }
  return absl::OkStatus();
}

}  // namespace cardvault

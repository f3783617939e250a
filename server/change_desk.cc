#include "server/change_desk.h"

#include <optional>

#include "absl/strings/escaping.h"
#include "base/error_reason.h"
#include "base/sha256.h"
#include "base/status.h"
#include "server/four_eyes.h"
#include "server/identity.h"

namespace cardvault {
namespace {

using admin::v1::Proposal;

const SecretBytes& OrNone(const std::optional<SecretBytes>& secret) {
  static const SecretBytes& none = *new SecretBytes;
  return secret.has_value() ? *secret : none;
}

// It can never have its effect as it was proposed. Anything else may be tried again.
bool IsFinal(const absl::Status& effect) {
  switch (effect.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
      return true;
    case absl::StatusCode::kFailedPrecondition:
      return ReasonOf(effect) != ErrorReason::kVaultSealed;
    default:
      return false;
  }
}

absl::Status Expired() {
  return FailedPrecondition(ErrorReason::kChangeExpired,
                            "nobody approved the change in time: propose it again");
}

absl::Status NotAdmitted() {
  return FailedPrecondition(ErrorReason::kNotAdmitted,
                            "the store is not admitted: its admission alone can be proposed");
}

absl::Status Altered() {
  return FailedPrecondition(ErrorReason::kChangeAltered,
                            "the change is not the one that was shown: look at it again");
}

// OK for a change that was decided otherwise than by an end without effect.
absl::Status CheckNotDropped(const StoredChange& change) {
  if (change.state() == ChangeState::kRejected) {
    return FailedPrecondition(ErrorReason::kChangeEnded, "the change was rejected");
  }
  if (change.state() == ChangeState::kExpired) return Expired();
  return absl::OkStatus();
}

}  // namespace

std::optional<std::string> ChangeDesk::DocumentInForce(const StoredChange& change,
                                                       const Proposal& proposal) const {
  const auto effect = effects_.find(proposal.what_case());
  if (change.state() != ChangeState::kProposed || effect == effects_.end() ||
      !effect->second.in_force) {
    return std::nullopt;
  }
  return effect->second.in_force(proposal);
}

absl::StatusOr<ChangeDesk::Proposed> ChangeDesk::Propose(const Caller& caller, Proposal& proposal) {
  const auto effect = effects_.find(proposal.what_case());
  if (effect == effects_.end()) {
    return InvalidArgument(ErrorReason::kFieldMissing, "proposal", "the proposal holds no request");
  }
  if (IsCheckOnly(*RequestOf(proposal))) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "check_only",
                           "what is only checked is not proposed: call it directly");
  }
  if (book_.is_holding() && !effect->second.of_admission) return NotAdmitted();
  NewChange change;
  change.secret = TakeSecret(proposal);
  ASSIGN_OR_RETURN(ChangeCheck check,
                   effect->second.check(proposal, OrNone(change.secret), caller.origin));
  Proposed proposed;
  proposed.mistakes = std::move(check.mistakes);
  if (!proposed.mistakes.empty()) return proposed;
  change.kind = KindOf(proposal);
  change.object = std::move(check.object);
  change.proposal = proposal.SerializeAsString();
  change.base = std::move(check.base);
  ASSIGN_OR_RETURN(proposed.change, book_.Propose(std::move(change), caller.origin));
  return proposed;
}

absl::Status ChangeDesk::MayApprove(const Caller& caller, const StoredChange& change,
                                    absl::string_view digest,
                                    const RoleBook::MapInForce& roles) const {
  if (digest != absl::BytesToHexString(change.row.digest()) ||
      Sha256(change.row.content()) != change.row.digest()) {
    return Altered();
  }
  RETURN_IF_ERROR(CheckNotDropped(change));
  if (change.state() != ChangeState::kProposed) return absl::OkStatus();
  const absl::StatusOr<Identity> proposer = ParseIdentity(change.content.proposer());
  // One person may have certificates of several kinds and domains, but has one name.
  if (!proposer.ok() || proposer->name == caller.identity.name) {
    return FailedPrecondition(ErrorReason::kSelfApproved,
                              "who proposed a change cannot approve it");
  }
  if (book_.IsExpired(change)) return Expired();
  if (!roles.map->Holds(*proposer, Role::kOperator)) {
    return FailedPrecondition(ErrorReason::kProposerRole,
                              "who proposed the change is no operator any more");
  }
  if (!roles.map->Holds(caller.identity, Role::kOperator)) {
    return PermissionDenied(ErrorReason::kPolicy, "this identity may not make this call");
  }
  return absl::OkStatus();
}

absl::Status ChangeDesk::CheckBase(const StoredChange& change) const {
  for (const storage::v1::ChangeBase& base : change.content.base()) {
    ASSIGN_OR_RETURN(const std::optional<Row> row,
                     engine_.Get(static_cast<Table>(base.table()), base.key()));
    if (row.has_value() == base.absent() || (row.has_value() && row->revision != base.revision())) {
      return FailedPrecondition(ErrorReason::kRevision,
                                "what it was proposed against has changed: propose it again");
    }
  }
  return absl::OkStatus();
}

void ChangeDesk::Approve(const Caller& caller, absl::string_view id, absl::string_view digest,
                         Done done) {
  absl::StatusOr<StoredChange> change = book_.Get(id);
  if (!change.ok()) return std::move(done)(change.status());
  if (const absl::Status movable = book_.CheckMovable(*change); !movable.ok()) {
    return std::move(done)(movable);
  }
  const RoleBook::MapInForce roles = roles_.InForce();
  if (const absl::Status may = MayApprove(caller, *change, digest, roles); !may.ok()) {
    return std::move(done)(may);
  }
  if (change->state() != ChangeState::kProposed) return std::move(done)(std::move(change));
  auto approval = std::make_shared<Approval>();
  approval->caller = caller;
  approval->change = *std::move(change);
  approval->done = std::move(done);
  if (const absl::Status begun = Begin(approval, roles); !begun.ok()) Finish(*approval, begun);
}

absl::Status ChangeDesk::Begin(std::shared_ptr<Approval> approval,
                               const RoleBook::MapInForce& roles) {
  StoredChange& change = approval->change;
  const AuditOrigin& approver = approval->caller.origin;
  RETURN_IF_ERROR(CheckBase(change));
  Proposal proposal;
  if (!proposal.ParseFromString(change.content.proposal())) {
    return DataLoss("a stored proposal does not parse");
  }
  const auto effect = effects_.find(proposal.what_case());
  if (effect == effects_.end()) {
    return FailedPrecondition(ErrorReason::kNotOffered,
                              "this version does not know changes of this kind");
  }
  ASSIGN_OR_RETURN(const std::optional<SecretBytes> secret, book_.OpenSecret(change));
  ASSIGN_OR_RETURN(const ChangeCheck check,
                   effect->second.check(proposal, OrNone(secret), approver));
  if (!check.mistakes.empty()) {
    return InvalidArgument(ErrorReason::kFieldInvalid, "document",
                           "the document has mistakes now: check it and propose it again");
  }
  const bool one_commit = effect->second.one_commit;
  Warrant& warrant = approval->warrant;
  warrant = book_.WarrantFor(change, one_commit ? ChangeState::kApplied : ChangeState::kApplying,
                             approver);
  // Both were operators when it was judged, and are when it takes effect.
  warrant.preconditions.push_back(roles.unchanged());
  if (!one_commit) {
    RETURN_IF_ERROR(book_.Commit(warrant));
    ASSIGN_OR_RETURN(change, book_.Get(change.content.id()));
  }
  effect->second.apply(proposal, OrNone(secret), one_commit ? warrant : Warrant(warrant.origin),
                       [this, approval](const absl::Status& result) {
                         executor_.Post([this, approval, result] { Finish(*approval, result); });
                       });
  return absl::OkStatus();
}

void ChangeDesk::Finish(Approval& approval, const absl::Status& effect) {
  std::move(approval.done)(Settled(approval, effect));
}

// The change as it stands behind its effect, or what stood in its way.
absl::StatusOr<StoredChange> ChangeDesk::Settled(const Approval& approval,
                                                 const absl::Status& effect) {
  const std::string& id = approval.change.content.id();
  ASSIGN_OR_RETURN(StoredChange now, book_.Get(id));
  if (now.revision != approval.change.revision) {
    // By this approval, or by somebody who was faster.
    RETURN_IF_ERROR(CheckNotDropped(now));
    return now;
  }
  if (now.state() == ChangeState::kApplying || IsFinal(effect)) {
    RETURN_IF_ERROR(book_.End(now, effect, approval.caller.origin));
  } else if (effect.ok()) {  // it was so already: nothing was committed
    RETURN_IF_ERROR(book_.Commit(approval.warrant));
  } else {
    return effect;
  }
  return book_.Get(id);
}

absl::StatusOr<StoredChange> ChangeDesk::Reject(const Caller& caller, absl::string_view id) {
  ASSIGN_OR_RETURN(const StoredChange change, book_.Get(id));
  RETURN_IF_ERROR(book_.CheckMovable(change));
  if (change.state() == ChangeState::kRejected) return change;
  RETURN_IF_ERROR(CheckNotDropped(change));
  if (change.state() != ChangeState::kProposed) {
    return FailedPrecondition(ErrorReason::kChangeEnded, "the change was approved");
  }
  if (book_.IsExpired(change)) return Expired();
  RETURN_IF_ERROR(book_.Reject(change, caller.origin));
  return book_.Get(id);
}

}  // namespace cardvault

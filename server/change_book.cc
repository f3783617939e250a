#include "server/change_book.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/log.h"
#include "base/random.h"
#include "base/sha256.h"
#include "base/status.h"
#include "card/base32.h"
#include "keys/aead_key.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "keys/secret_sealing.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

constexpr uint32_t kFormatVersion = 1;
constexpr absl::string_view kRowPrefix = "change/";
// Eight letters: short enough to be said over the telephone, and no two of a few hundred alike.
constexpr size_t kIdBytes = 5;
// A table of more is damaged.
constexpr size_t kMaxRows = 4 * (kMaxOpenChanges + kMaxEndedChanges);
constexpr int kMaxTries = 3;

std::string RowKey(absl::string_view id) { return absl::StrCat(kRowPrefix, id); }

std::string AssociatedData(const Keyring& keyring, absl::string_view id, uint32_t key_version) {
  return LengthPrefixed(
      {"cardvault change secret v1", keyring.vault_id(), id, BigEndian32(key_version)});
}

absl::StatusOr<StoredChange> ParseRow(absl::string_view key, const Row& row) {
  StoredChange change;
  change.revision = row.revision;
  if (!change.row.ParseFromString(row.value) || change.row.format_version() != kFormatVersion ||
      !change.content.ParseFromString(change.row.content()) || RowKey(change.content.id()) != key) {
    return DataLoss("a stored change does not parse, or has an unknown format version");
  }
  return change;
}

AuditLeaf LeafOf(const StoredChange& change, AuditAction action, const AuditOrigin& origin) {
  AuditLeaf leaf{action};
  leaf.origin = origin;
  leaf.origin.change = change.content.id();
  leaf.object = change.content.kind();
  return leaf;
}

AuditOrigin OfProcess() {
  AuditOrigin origin;
  origin.principal = "cardvaultd";
  return origin;
}

Precondition Unchanged(const StoredChange& change) {
  return Precondition::Unchanged(Table::kPolicy, RowKey(change.content.id()), change.revision);
}

WriteSet::Put PutOf(const StoredChange& change) {
  return {Table::kPolicy, RowKey(change.content.id()), change.row.SerializeAsString()};
}

// A change in another state, ended unless that is open: what is secret in it goes with its end.
StoredChange Moved(StoredChange change, ChangeState state, absl::string_view decider,
                   absl::Time now) {
  change.row.set_state(static_cast<uint32_t>(state));
  if (!decider.empty()) change.row.set_decider(std::string(decider));
  if (IsOpen(state)) return change;
  change.row.clear_sealed_secret();
  change.row.set_end_micros(absl::ToUnixMicros(now));
  return change;
}

absl::Status StatusOf(const CommitResult& result) {
  if (result.kind == CommitResult::Kind::kConditionFailed) {
    return Aborted(ErrorReason::kRevision, "the change moved meanwhile: look at it again");
  }
  return result.status;
}

}  // namespace

absl::StatusOr<StoredChange> ChangeBook::Propose(NewChange proposed, const AuditOrigin& proposer) {
  absl::MutexLock lock(&propose_mutex_);
  RETURN_IF_ERROR(Sweep());
  ASSIGN_OR_RETURN(const std::vector<StoredChange> all, All());
  const auto open = std::count_if(
      all.begin(), all.end(), [](const StoredChange& change) { return IsOpen(change.state()); });
  if (static_cast<size_t>(open) >= kMaxOpenChanges) {
    return ResourceExhausted(ErrorReason::kLimit,
                             "too many changes wait for approval: reject what nobody wants");
  }
  StoredChange change;
  storage::v1::ChangeContent& content = change.content;
  content.set_kind(std::move(proposed.kind));
  content.set_object(std::move(proposed.object));
  content.set_proposer(proposer.principal);
  content.set_proposal(std::move(proposed.proposal));
  for (const Precondition& precondition : proposed.base) {
    storage::v1::ChangeBase* base = content.add_base();
    base->set_table(static_cast<uint32_t>(precondition.table));
    base->set_key(precondition.key);
    base->set_absent(precondition.kind == Precondition::Kind::kAbsent);
    base->set_revision(precondition.revision);
  }
  change.row.set_format_version(kFormatVersion);
  change.row.set_state(static_cast<uint32_t>(ChangeState::kProposed));
  for (int tries = 1; tries <= kMaxTries; ++tries) {
    content.set_id(Base32Lower(RandomBytes(kIdBytes)));
    const absl::Time now = clock_.Now();
    content.set_propose_micros(absl::ToUnixMicros(now));
    content.set_expire_micros(absl::ToUnixMicros(now + kChangeLife));
    if (pipeline_.is_closed()) {
      change.row.set_content(content.SerializeAsString());
      change.row.set_digest(Sha256(change.row.content()));
      RETURN_IF_ERROR(held_.Hold(change, proposer, now));
      return change;
    }
    WriteSet set;
    if (proposed.secret.has_value()) {
      ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, keyring_.Snapshot());
      ASSIGN_OR_RETURN(const std::shared_ptr<const AeadKey> key,
                       keyring->ActiveAead(KeyPurpose::kRouteCredential));
      ASSIGN_OR_RETURN(*change.row.mutable_sealed_secret(),
                       SealSecret(*key, *proposed.secret,
                                  AssociatedData(*keyring, content.id(), key->version())));
      content.set_secret_digest(Sha256(change.row.sealed_secret()));
      content.set_secret_key_version(key->version());
      set.sealed_under.push_back({KeyPurpose::kRouteCredential, key->version()});
    }
    change.row.set_content(content.SerializeAsString());
    change.row.set_digest(Sha256(change.row.content()));
    set.preconditions.push_back(Precondition::Absent(Table::kPolicy, RowKey(content.id())));
    set.puts.push_back(PutOf(change));
    set.leaves.push_back(LeafOf(change, AuditAction::kChangeProposed, proposer));
    set.leaves.back().key_version = content.secret_key_version();
    const CommitResult result = pipeline_.SubmitAndWait(std::move(set));
    if (result.committed()) {
      change.revision = result.revision;
      return change;
    }
    // Another change has the id, or the key was rotated: once, not again and again.
    if (result.kind == CommitResult::Kind::kFailed) return result.status;
  }
  return Aborted(ErrorReason::kRevision, "the key keeps changing: try again");
}

absl::StatusOr<StoredChange> ChangeBook::Get(absl::string_view id) const {
  std::string bytes;
  if (!DecodeBase32Lower(id, bytes) || bytes.size() != kIdBytes) {
    return InvalidArgument(ErrorReason::kIdInvalid, "id",
                           "no id of a change: these are eight small letters and digits");
  }
  if (pipeline_.is_closed()) {
    if (std::optional<StoredChange> held = held_.Find(id)) return *std::move(held);
  }
  ASSIGN_OR_RETURN(const std::optional<Row> row, engine_.Get(Table::kPolicy, RowKey(id)));
  if (!row.has_value()) return NotFound(ErrorReason::kNotFound, "there is no such change");
  return ParseRow(RowKey(id), *row);
}

absl::StatusOr<std::vector<StoredChange>> ChangeBook::All() const {
  ASSIGN_OR_RETURN(const std::vector<KeyedRow> rows,
                   engine_.Scan(Table::kPolicy, kRowPrefix, PrefixEnd(kRowPrefix), kMaxRows));
  std::vector<StoredChange> changes;
  if (pipeline_.is_closed()) changes = held_.All();
  for (const KeyedRow& row : rows) {
    ASSIGN_OR_RETURN(StoredChange change, ParseRow(row.key, row.row));
    changes.push_back(std::move(change));
  }
  std::sort(changes.begin(), changes.end(), [](const StoredChange& a, const StoredChange& b) {
    if (IsOpen(a.state()) != IsOpen(b.state())) return IsOpen(a.state());
    return a.content.propose_micros() > b.content.propose_micros();
  });
  return changes;
}

bool ChangeBook::IsHeld(const StoredChange& change) const {
  return pipeline_.is_closed() && held_.Find(change.content.id()).has_value();
}

absl::Status ChangeBook::CheckMovable(const StoredChange& change) const {
  if (!pipeline_.is_closed() || IsHeld(change)) return absl::OkStatus();
  return FailedPrecondition(
      ErrorReason::kNotAdmitted,
      "the store is not admitted: what was proposed before waits until it is");
}

absl::StatusOr<std::optional<SecretBytes>> ChangeBook::OpenSecret(
    const StoredChange& change) const {
  if (change.content.secret_digest().empty()) return std::optional<SecretBytes>();
  if (Sha256(change.row.sealed_secret()) != change.content.secret_digest()) {
    return DataLoss("the secret of a change is not the one that was proposed");
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<const Keyring> keyring, keyring_.Snapshot());
  const uint32_t version = change.content.secret_key_version();
  ASSIGN_OR_RETURN(const std::shared_ptr<const AeadKey> key,
                   keyring->AeadVersion(KeyPurpose::kRouteCredential, version));
  ASSIGN_OR_RETURN(SecretBytes secret,
                   key->Open(change.row.sealed_secret(),
                             AssociatedData(*keyring, change.content.id(), version)));
  return std::optional<SecretBytes>(std::move(secret));
}

Warrant ChangeBook::WarrantFor(const StoredChange& change, ChangeState state,
                               const AuditOrigin& approver) const {
  Warrant warrant(approver);
  warrant.origin.change = change.content.id();
  if (IsHeld(change)) {
    warrant.preconditions.push_back(
        Precondition::Absent(Table::kPolicy, RowKey(change.content.id())));
    warrant.leaves.push_back(
        LeafOf(change, AuditAction::kChangeProposed, held_.ProposerOf(change.content.id())));
  } else {
    warrant.preconditions.push_back(Unchanged(change));
  }
  for (const storage::v1::ChangeBase& base : change.content.base()) {
    const auto table = static_cast<Table>(base.table());
    warrant.preconditions.push_back(
        base.absent() ? Precondition::Absent(table, base.key())
                      : Precondition::Unchanged(table, base.key(), base.revision()));
  }
  warrant.puts.push_back(PutOf(Moved(change, state, approver.principal, clock_.Now())));
  warrant.leaves.push_back(LeafOf(change, AuditAction::kChangeApproved, approver));
  return warrant;
}

absl::Status ChangeBook::Commit(const Warrant& warrant) {
  WriteSet set;
  warrant.Join(set);
  return StatusOf(pipeline_.SubmitAndWait(std::move(set)));
}

absl::Status ChangeBook::Move(const StoredChange& change, ChangeState state, AuditLeaf leaf,
                              const absl::Status& problem) {
  const bool by_person = leaf.origin.principal != OfProcess().principal;
  StoredChange moved = Moved(change, state, by_person ? leaf.origin.principal : "", clock_.Now());
  if (!problem.ok()) {
    leaf.outcome = AuditOutcome::kFailed;
    leaf.reason = ReasonOf(problem);
    moved.row.set_reason(std::string(ReasonName(leaf.reason)));
    moved.row.set_problem(std::string(problem.message()));
  }
  if (IsHeld(change)) {
    held_.Update(moved);
    return absl::OkStatus();
  }
  WriteSet set;
  set.preconditions.push_back(Unchanged(change));
  set.puts.push_back(PutOf(moved));
  set.leaves.push_back(std::move(leaf));
  return StatusOf(pipeline_.SubmitAndWait(std::move(set)));
}

absl::Status ChangeBook::End(const StoredChange& change, const absl::Status& effect,
                             const AuditOrigin& approver) {
  const AuditAction action = change.state() == ChangeState::kApplying
                                 ? AuditAction::kChangeEnded
                                 : AuditAction::kChangeApproved;
  return Move(change, effect.ok() ? ChangeState::kApplied : ChangeState::kFailed,
              LeafOf(change, action, approver), effect);
}

absl::Status ChangeBook::Reject(const StoredChange& change, const AuditOrigin& origin) {
  return Move(change, ChangeState::kRejected, LeafOf(change, AuditAction::kChangeRejected, origin));
}

absl::Status ChangeBook::Sweep() {
  if (pipeline_.is_closed()) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::vector<StoredChange> all, All());
  std::vector<StoredChange> old;
  size_t ended = 0;
  for (StoredChange& change : all) {
    if (change.state() == ChangeState::kProposed && IsExpired(change)) {
      const absl::Status moved = Move(change, ChangeState::kExpired,
                                      LeafOf(change, AuditAction::kChangeExpired, OfProcess()));
      // Lost to somebody who decided in the last moment.
      if (!moved.ok() && !absl::IsAborted(moved)) return moved;
    } else if (!IsOpen(change.state()) &&
               (++ended > kMaxEndedChanges ||
                absl::FromUnixMicros(change.row.end_micros()) + kEndedChangeLife <= clock_.Now())) {
      old.push_back(std::move(change));
    }
  }
  return Forget(old);
}

absl::Status ChangeBook::Forget(const std::vector<StoredChange>& changes) {
  if (changes.empty()) return absl::OkStatus();
  WriteSet set;
  for (const StoredChange& change : changes) {
    set.deletes.push_back({Table::kPolicy, RowKey(change.content.id())});
  }
  AuditLeaf leaf{AuditAction::kChangesForgotten};
  leaf.origin = OfProcess();
  leaf.count = static_cast<uint32_t>(changes.size());
  set.leaves.push_back(std::move(leaf));
  return pipeline_.SubmitAndWait(std::move(set)).status;
}

absl::Status ChangeBook::ResolveRestart() {
  ASSIGN_OR_RETURN(const std::vector<StoredChange> all, All());
  for (const StoredChange& change : all) {
    if (change.state() != ChangeState::kApplying) continue;
    AuditLeaf leaf = LeafOf(change, AuditAction::kChangeInterrupted, OfProcess());
    leaf.outcome = AuditOutcome::kFailed;
    RETURN_IF_ERROR(Move(change, ChangeState::kInterrupted, std::move(leaf)));
    LogEvent(LogLevel::kError, "change.interrupted");
  }
  return absl::OkStatus();
}

}  // namespace cardvault

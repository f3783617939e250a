// Promise 7, P5: what two people decide, and what one of them alone cannot.

#include "server/change_desk.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/synchronization/notification.h"
#include "base/sha256.h"
#include "forwarder/testing/payment_world.h"
#include "forwarder/testing/route_documents.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using admin::v1::Proposal;

constexpr char kAlice[] = "spiffe://test/operator/alice";
constexpr char kBob[] = "spiffe://test/operator/bob";
constexpr char kDave[] = "spiffe://test/operator/dave";
constexpr char kRoute[] = "cards-h2h";
constexpr char kSecret[] = "TheNewMerchantSecret";

std::string RoleDocument(const std::vector<std::string>& operators) {
  std::string document = "roles:\n";
  for (const std::string& uri : operators) {
    absl::StrAppend(&document, "  - identity: ", uri, "\n    roles: [operator]\n");
  }
  return document;
}

Caller As(const std::string& uri) {
  return {*ParseIdentity(uri), Role::kOperator, {uri, "operator", "192.0.2.1:4711"}};
}

class ChangeDeskTest : public ::testing::Test {
 protected:
  ChangeDeskTest() : book_(world_.engine, *world_.pipeline, world_.keyring, world_.clock) {
    const std::string roles =
        RoleDocument({kAlice, kBob, kDave, "spiffe://elsewhere/operator/alice"});
    EXPECT_TRUE(
        world_.pipeline->SubmitAndWait(RoleBook::FirstMap(roles, world_.clock)).committed());
    roles_ = *RoleBook::Load(world_.engine, *world_.pipeline, world_.clock, VaultMode::kProduction);
    config_ = *ApprovedConfig::Load(world_.engine, *world_.pipeline, {}, VaultMode::kSandbox);
    effects_ = NewChangeEffects({*world_.routes, *roles_, *world_.payments, *config_});
    Open();
  }

  // With the effects as the test has made them.
  void Open() {
    desk_ = std::make_unique<ChangeDesk>(book_, effects_, *roles_, world_.engine, *world_.executor);
  }

  StoredChange Propose(Proposal proposal, const char* who = kAlice) {
    absl::StatusOr<ChangeDesk::Proposed> proposed = desk_->Propose(As(who), proposal);
    EXPECT_THAT(proposed, IsOk());
    EXPECT_TRUE(proposed->mistakes.empty());
    return proposed->change;
  }
  static Proposal Document() {
    Proposal proposal;
    proposal.mutable_apply_route()->set_document(
        absl::StrReplaceAll(kH2hRouteDocument, {{"cvv: optional", "cvv: required"}}));
    return proposal;
  }
  static Proposal Enabling() {
    Proposal proposal;
    proposal.mutable_enable_route()->set_route(kRoute);
    return proposal;
  }
  static Proposal Credential() {
    Proposal proposal;
    proposal.mutable_set_route_credential()->set_route(kRoute);
    proposal.mutable_set_route_credential()->set_name("api_secret");
    proposal.mutable_set_route_credential()->set_secret(kSecret);
    return proposal;
  }
  StoredChange ProposeEnabling() {
    EXPECT_TRUE(world_.routes->SetDisabled(Name(), true, As(kBob).origin)->changed);
    return Propose(Enabling());
  }

  absl::StatusOr<StoredChange> Approve(const std::string& who, const StoredChange& change) {
    return Approve(who, change.content.id(), absl::BytesToHexString(change.row.digest()));
  }
  absl::StatusOr<StoredChange> Approve(const std::string& who, const std::string& id,
                                       const std::string& digest) {
    absl::StatusOr<StoredChange> result;
    absl::Notification done;
    desk_->Approve(As(who), id, digest, [&](absl::StatusOr<StoredChange> change) {
      result = std::move(change);
      done.Notify();
    });
    done.WaitForNotification();
    return result;
  }
  ChangeState StateOf(const StoredChange& change) {
    return book_.Get(change.content.id())->state();
  }
  static RouteName Name() { return *RouteName::Parse(kRoute, "route"); }
  bool IsDisabled() { return world_.routes->InForce(Name())->disabled; }
  bool HasNewDocument() {
    return world_.routes->InForce(Name())->route->document == Document().apply_route().document();
  }
  void SetRoles(const std::vector<std::string>& operators) {
    EXPECT_TRUE(roles_->Apply(RoleDocument(operators), false, As(operators[0]).origin)->changed);
  }
  // Puts another row in a change's place, as somebody who has the disk in his hands.
  void Overwrite(const storage::v1::ChangeRow& row, const std::string& id) {
    WriteSet set;
    set.puts.push_back({Table::kPolicy, absl::StrCat("change/", id), row.SerializeAsString()});
    set.leaves.push_back(AuditLeaf{AuditAction::kAdminRead});
    ASSERT_TRUE(world_.pipeline->SubmitAndWait(std::move(set)).committed());
  }
  void ExpectRefused(const absl::StatusOr<StoredChange>& result, ErrorReason reason) {
    EXPECT_THAT(result, StatusIs(absl::StatusCode::kFailedPrecondition, reason));
  }

  PaymentWorld world_;
  ChangeBook book_;
  std::unique_ptr<RoleBook> roles_;
  std::unique_ptr<ApprovedConfig> config_;
  ChangeEffects effects_;
  std::unique_ptr<ChangeDesk> desk_;
};

TEST_F(ChangeDeskTest, AnApprovedChangeTakesEffectInTheCommitThatSaysSo) {
  const StoredChange change = Propose(Document());
  EXPECT_FALSE(HasNewDocument());
  const int commits = world_.engine.commit_count();
  const absl::StatusOr<StoredChange> applied = Approve(kBob, change);
  ASSERT_THAT(applied, IsOk());
  EXPECT_EQ(applied->state(), ChangeState::kApplied);
  EXPECT_EQ(applied->row.decider(), kBob);
  EXPECT_TRUE(HasNewDocument());
  EXPECT_EQ(world_.engine.commit_count(), commits + 1);

  // A2: an auditor sees both people and the change.
  const std::vector<AuditEntry> entries = world_.Entries();
  const size_t count = entries.size();
  const AuditLeaf& proposed = entries[count - 3].leaf;
  const AuditLeaf& effect = entries[count - 2].leaf;
  const AuditLeaf& approved = entries[count - 1].leaf;
  EXPECT_EQ(proposed.action, AuditAction::kChangeProposed);
  EXPECT_EQ(proposed.origin.principal, kAlice);
  EXPECT_EQ(proposed.object, "apply_route");
  EXPECT_EQ(effect.action, AuditAction::kRouteApplied);
  EXPECT_EQ(effect.origin.principal, kBob);
  EXPECT_EQ(effect.object, kRoute);
  EXPECT_EQ(approved.action, AuditAction::kChangeApproved);
  EXPECT_EQ(approved.origin.principal, kBob);
  for (const AuditLeaf* leaf : {&proposed, &effect, &approved}) {
    EXPECT_EQ(leaf->origin.change, change.content.id());
  }
}

TEST_F(ChangeDeskTest, ARepeatedApprovalAnswersTheSameAndDoesNothing) {
  const StoredChange change = ProposeEnabling();
  ASSERT_THAT(Approve(kBob, change), IsOk());
  EXPECT_FALSE(IsDisabled());
  ASSERT_TRUE(world_.routes->SetDisabled(Name(), true, As(kBob).origin)->changed);
  const size_t entries = world_.Entries().size();
  for (const char* who : {kBob, kDave, kAlice}) {
    const absl::StatusOr<StoredChange> again = Approve(who, change);
    ASSERT_THAT(again, IsOk());
    EXPECT_EQ(again->state(), ChangeState::kApplied);
    EXPECT_EQ(again->row.decider(), kBob);
  }
  EXPECT_TRUE(IsDisabled());
  EXPECT_EQ(world_.Entries().size(), entries);
}

TEST_F(ChangeDeskTest, NobodyApprovesHisOwn) {
  const StoredChange change = ProposeEnabling();
  // Also not by another certificate of the same person.
  for (const char* who : {kAlice, "spiffe://elsewhere/operator/alice"}) {
    ExpectRefused(Approve(who, change), ErrorReason::kSelfApproved);
  }
  EXPECT_TRUE(IsDisabled());
  EXPECT_EQ(StateOf(change), ChangeState::kProposed);
}

TEST_F(ChangeDeskTest, AnExpiredChangeIsRefusedBeforeAndAfterItIsSwept) {
  const StoredChange change = ProposeEnabling();
  world_.clock.Advance(kChangeLife);
  ExpectRefused(Approve(kBob, change), ErrorReason::kChangeExpired);
  EXPECT_THAT(desk_->Reject(As(kAlice), change.content.id()),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kChangeExpired));
  ASSERT_THAT(book_.Sweep(), IsOk());
  EXPECT_EQ(StateOf(change), ChangeState::kExpired);
  EXPECT_EQ(world_.CountEntries(AuditAction::kChangeExpired), 1);
  ExpectRefused(Approve(kBob, change), ErrorReason::kChangeExpired);
  EXPECT_TRUE(IsDisabled());
}

TEST_F(ChangeDeskTest, AnAlteredChangeIsRefused) {
  const StoredChange change = Propose(Document());
  const std::string id = change.content.id();
  const std::string shown = absl::BytesToHexString(change.row.digest());
  for (const std::string& other : {std::string(), shown.substr(1), "00" + shown.substr(2)}) {
    if (other != shown) ExpectRefused(Approve(kBob, id, other), ErrorReason::kChangeAltered);
  }

  storage::v1::ChangeContent content = change.content;
  content.set_proposer(kDave);
  storage::v1::ChangeRow row = change.row;
  row.set_content(content.SerializeAsString());
  Overwrite(row, id);
  ExpectRefused(Approve(kBob, id, shown), ErrorReason::kChangeAltered);
  row.set_digest(Sha256(row.content()));
  Overwrite(row, id);
  ExpectRefused(Approve(kBob, id, shown), ErrorReason::kChangeAltered);
  EXPECT_FALSE(HasNewDocument());

  Overwrite(change.row, id);
  EXPECT_THAT(Approve(kBob, id, shown), IsOk());
}

TEST_F(ChangeDeskTest, AnotherSecretInItsPlaceIsRefused) {
  const StoredChange change = Propose(Credential());
  const StoredChange other = Propose(Credential());
  storage::v1::ChangeRow row = change.row;
  row.set_sealed_secret(other.row.sealed_secret());
  Overwrite(row, change.content.id());
  EXPECT_THAT(Approve(kBob, change), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(ChangeDeskTest, BothMustBeOperatorsWhenItIsApproved) {
  const StoredChange change = ProposeEnabling();
  SetRoles({kBob, kDave});
  ExpectRefused(Approve(kBob, change), ErrorReason::kProposerRole);
  SetRoles({kAlice, kDave});
  EXPECT_THAT(Approve(kBob, change),
              StatusIs(absl::StatusCode::kPermissionDenied, ErrorReason::kPolicy));
  EXPECT_TRUE(IsDisabled());
  EXPECT_THAT(Approve(kDave, change), IsOk());
  EXPECT_FALSE(IsDisabled());
}

// Between judging the approval and its commit.
TEST_F(ChangeDeskTest, ARoleThatIsLostInTheMomentOfApprovalCounts) {
  const auto apply = effects_[Proposal::kEnableRoute].apply;
  effects_[Proposal::kEnableRoute].apply = [&](const Proposal& proposal, const SecretBytes& secret,
                                               const Warrant& warrant, ChangeEffect::Done done) {
    SetRoles({kBob, kDave});
    apply(proposal, secret, warrant, std::move(done));
  };
  Open();
  const StoredChange change = ProposeEnabling();
  EXPECT_THAT(Approve(kBob, change), StatusIs(absl::StatusCode::kAborted, ErrorReason::kRevision));
  EXPECT_TRUE(IsDisabled());
  EXPECT_EQ(StateOf(change), ChangeState::kProposed);
}

TEST_F(ChangeDeskTest, AChangeOfSomethingThatChangedSinceFails) {
  const StoredChange change = ProposeEnabling();
  ASSERT_TRUE(world_.routes->SetDisabled(Name(), false, As(kDave).origin)->changed);
  ASSERT_TRUE(world_.routes->SetDisabled(Name(), true, As(kDave).origin)->changed);
  for (int i = 0; i < 2; ++i) {
    const absl::StatusOr<StoredChange> failed = Approve(kBob, change);
    ASSERT_THAT(failed, IsOk());
    EXPECT_EQ(failed->state(), ChangeState::kFailed);
    EXPECT_EQ(failed->row.reason(), "REVISION");
  }
  EXPECT_TRUE(IsDisabled());
  const AuditLeaf last = world_.Entries().back().leaf;
  EXPECT_EQ(last.action, AuditAction::kChangeApproved);
  EXPECT_EQ(last.outcome, AuditOutcome::kFailed);
  EXPECT_EQ(last.reason, ErrorReason::kRevision);
}

TEST_F(ChangeDeskTest, ACredentialProposedBeforeAnotherWasSetFails) {
  const StoredChange first = Propose(Credential());
  const StoredChange second = Propose(Credential());
  EXPECT_EQ(Approve(kBob, second)->state(), ChangeState::kApplied);
  EXPECT_EQ(Approve(kBob, first)->state(), ChangeState::kFailed);
  EXPECT_EQ(world_.CountEntries(AuditAction::kCredentialSet), 3);  // two of the world's
}

TEST_F(ChangeDeskTest, TwoApprovalsAtOnceHaveOneEffect) {
  const StoredChange change = ProposeEnabling();
  world_.pipeline->HoldUntil(2);
  absl::StatusOr<StoredChange> results[2];
  std::thread other([&] { results[1] = Approve(kDave, change); });
  results[0] = Approve(kBob, change);
  other.join();
  for (const absl::StatusOr<StoredChange>& result : results) {
    ASSERT_THAT(result, IsOk());
    EXPECT_EQ(result->state(), ChangeState::kApplied);
  }
  EXPECT_EQ(results[0]->row.decider(), results[1]->row.decider());
  EXPECT_EQ(world_.CountEntries(AuditAction::kRouteEnabled), 1);
  EXPECT_EQ(world_.CountEntries(AuditAction::kChangeApproved), 1);
}

TEST_F(ChangeDeskTest, ACommitThatFailsLeavesTheChangeOpenAndOneThatOnlySaysSoDoesNot) {
  const StoredChange change = ProposeEnabling();
  world_.engine.FailCommit(1, FaultInjectingEngine::CommitFault::kNotWritten);
  EXPECT_THAT(Approve(kBob, change), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(StateOf(change), ChangeState::kProposed);
  world_.engine.FailCommit(1, FaultInjectingEngine::CommitFault::kWritten);
  const absl::StatusOr<StoredChange> applied = Approve(kBob, change);
  ASSERT_THAT(applied, IsOk());
  EXPECT_EQ(applied->state(), ChangeState::kApplied);
}

TEST_F(ChangeDeskTest, WhatIsSoAlreadyIsAppliedWithoutAnEffect) {
  const StoredChange change = Propose(Enabling());
  const absl::StatusOr<StoredChange> applied = Approve(kBob, change);
  ASSERT_THAT(applied, IsOk());
  EXPECT_EQ(applied->state(), ChangeState::kApplied);
  EXPECT_EQ(world_.CountEntries(AuditAction::kRouteEnabled), 0);
  EXPECT_EQ(world_.CountEntries(AuditAction::kChangeApproved), 1);
}

TEST_F(ChangeDeskTest, AnEffectOfSeveralCommitsIsToldOfAtBothEndsAndFoundWhenItIsCutShort) {
  ChangeEffect::Done done;
  int applied = 0;
  ChangeEffect& effect = effects_[Proposal::kResolvePayment];
  effect.one_commit = false;
  effect.check = [](const Proposal&, const SecretBytes&, const AuditOrigin&) {
    return absl::StatusOr<ChangeCheck>(ChangeCheck{{}, "many", {}});
  };
  effect.apply = [&](const Proposal&, const SecretBytes&, const Warrant& warrant,
                     ChangeEffect::Done then) {
    EXPECT_TRUE(warrant.puts.empty());
    EXPECT_FALSE(warrant.origin.change.empty());
    ++applied;
    done = std::move(then);
  };
  Open();
  Proposal proposal;
  proposal.mutable_resolve_payment();
  for (const absl::Status& became : {absl::OkStatus(), absl::AbortedError("half of it")}) {
    const StoredChange change = Propose(proposal);
    absl::Notification answered;
    absl::StatusOr<StoredChange> answer;
    desk_->Approve(As(kBob), change.content.id(), absl::BytesToHexString(change.row.digest()),
                   [&](absl::StatusOr<StoredChange> result) {
                     answer = std::move(result);
                     answered.Notify();
                   });
    EXPECT_EQ(StateOf(change), ChangeState::kApplying);
    EXPECT_EQ(Approve(kDave, change)->state(), ChangeState::kApplying);
    std::move(done)(became);
    answered.WaitForNotification();
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->state(), became.ok() ? ChangeState::kApplied : ChangeState::kFailed);
    EXPECT_EQ(world_.Entries().back().leaf.action, AuditAction::kChangeEnded);
  }

  const StoredChange change = Propose(proposal);
  desk_->Approve(As(kBob), change.content.id(), absl::BytesToHexString(change.row.digest()),
                 [](const absl::StatusOr<StoredChange>&) {});
  ASSERT_THAT(book_.ResolveRestart(), IsOk());
  EXPECT_EQ(StateOf(change), ChangeState::kInterrupted);
  EXPECT_EQ(world_.CountEntries(AuditAction::kChangeInterrupted), 1);
  EXPECT_EQ(Approve(kDave, change)->state(), ChangeState::kInterrupted);
  EXPECT_EQ(applied, 3);
}

TEST_F(ChangeDeskTest, ASecretIsSealedWhileItsChangeIsOpenAndGoneBehindIt) {
  const StoredChange applied = Propose(Credential());
  const StoredChange rejected = Propose(Credential());
  const StoredChange expired = Propose(Credential());
  for (const KeyedRow& row : world_.Rows(Table::kPolicy)) {
    EXPECT_EQ(row.row.value.find(kSecret), std::string::npos) << row.key;
  }
  Proposal stored;
  ASSERT_TRUE(stored.ParseFromString(applied.content.proposal()));
  EXPECT_EQ(stored.set_route_credential().secret(), "");
  EXPECT_EQ(Approve(kBob, applied)->state(), ChangeState::kApplied);
  ASSERT_THAT(desk_->Reject(As(kBob), rejected.content.id()), IsOk());
  world_.clock.Advance(kChangeLife);
  ASSERT_THAT(book_.Sweep(), IsOk());
  for (const StoredChange& change : {applied, rejected, expired}) {
    EXPECT_NE(change.row.sealed_secret(), "");
    EXPECT_EQ(book_.Get(change.content.id())->row.sealed_secret(), "");
  }
}

TEST_F(ChangeDeskTest, WhoProposedOrAnotherOperatorRejects) {
  for (const char* who : {kAlice, kBob}) {
    const StoredChange change = ProposeEnabling();
    for (int i = 0; i < 2; ++i) {
      const absl::StatusOr<StoredChange> rejected = desk_->Reject(As(who), change.content.id());
      ASSERT_THAT(rejected, IsOk());
      EXPECT_EQ(rejected->state(), ChangeState::kRejected);
      EXPECT_EQ(rejected->row.decider(), who);
    }
    ExpectRefused(Approve(kBob, change), ErrorReason::kChangeEnded);
    EXPECT_TRUE(IsDisabled());
    EXPECT_TRUE(world_.routes->SetDisabled(Name(), false, As(kBob).origin)->changed);
  }
  EXPECT_EQ(world_.CountEntries(AuditAction::kChangeRejected), 2);
  const StoredChange change = ProposeEnabling();
  ASSERT_THAT(Approve(kBob, change), IsOk());
  ExpectRefused(desk_->Reject(As(kBob), change.content.id()), ErrorReason::kChangeEnded);
}

TEST_F(ChangeDeskTest, WhatTheCallWouldRefuseIsNotProposed) {
  Proposal bad;
  bad.mutable_apply_route()->set_document("name: cards-h2h\nconnector: h2h\nunheard: of\n");
  const absl::StatusOr<ChangeDesk::Proposed> mistaken = desk_->Propose(As(kAlice), bad);
  ASSERT_THAT(mistaken, IsOk());
  EXPECT_FALSE(mistaken->mistakes.empty());
  Proposal checked = Document();
  checked.mutable_apply_route()->set_check_only(true);
  Proposal nothing;
  for (Proposal* proposal : {&checked, &nothing}) {
    EXPECT_THAT(desk_->Propose(As(kAlice), *proposal),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_TRUE(book_.All()->empty());
}

}  // namespace
}  // namespace cardvault

#include "reencryption/reencryption_job.h"

#include <map>
#include <string>
#include <thread>  // NOLINT(build/c++11)

#include "base/error_reason.h"
#include "card/test_pans.h"
#include "forwarder/credential_rows.h"
#include "keys/key_state.h"
#include "reencryption/reencryption_fixture_for_test.h"
#include "vault/engine/testing/fault_injecting_engine.h"

namespace cardvault {
namespace {

using storage::v1::CardRecord;

class ReencryptionJobTest : public ReencryptionTest {
 protected:
  ReencryptionJobTest() : ReencryptionTest(own_vault_) {}

  FakeEngine store_;
  FaultInjectingEngine engine_{store_};
  TestVault own_vault_{engine_, {}};
};

TEST_F(ReencryptionJobTest, EveryPanMovesAndMerchantsSeeNothing) {
  std::vector<Stored> cards = StoreCards(600);
  ASSERT_THAT(vault_.Delete(cards.back().view.token), IsOk());  // a tombstone has nothing to move
  cards.pop_back();
  vault_.RotateKeys(2);
  Reencrypt(KeyPurpose::kPan);

  for (const Stored& card : cards) {
    const CardRecord record = RecordOf(card.view.token);
    EXPECT_EQ(record.pan().key_version(), 2u);
    EXPECT_EQ(record.profile().key_version(), 1u);
    EXPECT_TRUE(HoldsPan(card.view.token, card.pan));
    const absl::StatusOr<TokenView> now = vault_.Get(card.view.token);
    ASSERT_THAT(now, IsOk());
    EXPECT_EQ(now->revision, card.view.revision);
    EXPECT_EQ(now->update_time, card.view.update_time);
  }
  EXPECT_EQ(MovedByLog(), cards.size());
  for (const AuditLeaf& leaf : LeavesOf(AuditAction::kKeyReencrypted)) {
    EXPECT_EQ(leaf.object, "pan");
    EXPECT_EQ(leaf.key_version, 2u);
    EXPECT_EQ(leaf.origin.principal, "cardvaultd");
  }
  const std::vector<AuditLeaf> started = LeavesOf(AuditAction::kReencryptionStarted);
  ASSERT_EQ(started.size(), 1u);
  EXPECT_EQ(started[0].origin.principal, Operator().principal);
  EXPECT_EQ(LeavesOf(AuditAction::kReencryptionEnded).size(), 1u);
  EXPECT_EQ(vault_.Inconsistency(), "");

  SetState(KeyPurpose::kPan, 1, KeyState::kDestroyed);
  for (const Stored& card : cards) EXPECT_TRUE(HoldsPan(card.view.token, card.pan));
}

TEST_F(ReencryptionJobTest, EveryProfileMoves) {
  const std::vector<Stored> cards = StoreCards(100);
  vault_.RotateKeys(2);
  Reencrypt(KeyPurpose::kProfile);
  SetState(KeyPurpose::kProfile, 1, KeyState::kDestroyed);
  for (const Stored& card : cards) {
    EXPECT_EQ(RecordOf(card.view.token).pan().key_version(), 1u);
    const absl::StatusOr<TokenView> now = vault_.Get(card.view.token);
    ASSERT_THAT(now, IsOk());
    EXPECT_EQ(now->profile.cardholder_name, card.view.profile.cardholder_name);
    EXPECT_EQ(now->revision, card.view.revision);
  }
}

// What a merchant read before is good for a change after, once.
TEST_F(ReencryptionJobTest, TheRevisionThatAMerchantReadStaysGoodForOneChange) {
  const Stored card = StoreCards(1).front();
  const CardUpdate update{card.view.token, card.view.revision, TestExpiry(11, 2039), {}, {}, {}};
  for (const uint32_t version : {2, 3}) {  // also when it is moved twice
    vault_.RotateKeys(version);
    Reencrypt(KeyPurpose::kPan);
    EXPECT_EQ(vault_.Get(card.view.token)->revision, card.view.revision);
  }
  const absl::StatusOr<TokenView> updated = vault_.Update(update);
  ASSERT_THAT(updated, IsOk());
  EXPECT_GT(updated->revision, card.view.revision);
  EXPECT_EQ(vault_.Get(card.view.token)->revision, updated->revision);
  EXPECT_THAT(vault_.Update(update), StatusIs(absl::StatusCode::kAborted, ErrorReason::kRevision));
}

TEST_F(ReencryptionJobTest, TheFingerprintIndexMovesAndNothingIsMissed) {
  const std::vector<Stored> cards = StoreCards(300);
  vault_.RotateKeys(2);
  Reencrypt(KeyPurpose::kFingerprint);

  for (const KeyedRow& row : vault_.Rows(Table::kFingerprints)) EXPECT_EQ(row.key[3], 2);
  EXPECT_EQ(vault_.Rows(Table::kFingerprints).size(), cards.size());
  EXPECT_EQ(vault_.Inconsistency(), "");
  SetState(KeyPurpose::kFingerprint, 1, KeyState::kDestroyed);
  for (const Stored& card : cards) {
    TokenizeInput again = vault_.Card(card.pan);
    again.reuse = Reuse::kMerchant;
    const absl::StatusOr<TokenizeOutput> output = vault_.Tokenize(std::move(again));
    ASSERT_THAT(output, IsOk());
    EXPECT_EQ(output->disposition, Disposition::kExisting);
    EXPECT_EQ(output->view.token, card.view.token);
    EXPECT_EQ(output->view.fingerprint, card.view.fingerprint);
  }
  // The pointers followed.
  const std::string pan = generator_.Pan();
  ASSERT_THAT(vault_.ReplacePan(vault_.Replacement(cards[0].view.token, pan)), IsOk());
  for (const Stored& card : cards) ASSERT_THAT(vault_.Delete(card.view.token), IsOk());
  EXPECT_TRUE(vault_.Rows(Table::kFingerprints).empty());
  EXPECT_EQ(vault_.Inconsistency(), "");
}

// A compromised version is looked under until its rows have moved.
TEST_F(ReencryptionJobTest, CardsUnderACompromisedFingerprintKeyAreFoundAndMove) {
  const Stored card = StoreCards(1).front();
  vault_.RotateKeys(2);
  SetState(KeyPurpose::kFingerprint, 1, KeyState::kCompromised);
  const auto fingerprint = [&] { return vault_.Tokenize(vault_.Card(card.pan))->view.fingerprint; };
  EXPECT_EQ(fingerprint(), card.view.fingerprint);
  Reencrypt(KeyPurpose::kFingerprint);
  EXPECT_EQ(fingerprint(), card.view.fingerprint);
  EXPECT_EQ(vault_.Rows(Table::kFingerprints).size(), 1u);
  EXPECT_EQ(vault_.Rows(Table::kFingerprints)[0].key[3], 2);
}

TEST_F(ReencryptionJobTest, CredentialsMoveWithBothTheirVersions) {
  const RouteName route = *RouteName::Parse("shop-eur", "route");
  const CredentialRows rows(vault_.engine());
  const auto commit = [&](const auto& change) {
    WriteSet set;
    ASSERT_THAT(change(**vault_.keyring().Snapshot(), set), IsOk());
    set.leaves.push_back({.action = AuditAction::kCredentialSet});
    ASSERT_TRUE(vault_.pipeline().SubmitAndWait(std::move(set)).committed());
  };
  const absl::Time first = vault_.clock().Now();
  commit([&](const Keyring& keyring, WriteSet& set) {
    return CredentialRows::Replace(keyring, route, "api_secret", SecretBytes::CopyOf("first"),
                                   first, set);
  });
  commit([&](const Keyring& keyring, WriteSet& set) {
    return rows.Rotate(keyring, route, "api_secret", SecretBytes::CopyOf("second one"),
                       first + absl::Hours(1), set);
  });
  vault_.RotateKeys(2);
  Reencrypt(KeyPurpose::kRouteCredential);
  EXPECT_EQ(MovedByLog(), 2u);
  SetState(KeyPurpose::kRouteCredential, 1, KeyState::kDestroyed);
  const auto opened = rows.Open(**vault_.keyring().Snapshot(), route, "api_secret");
  ASSERT_THAT(opened, IsOk());
  EXPECT_EQ((*opened)->current.size(), 10u);
  EXPECT_EQ((*opened)->previous->size(), 5u);
  EXPECT_EQ((*rows.SetTimes(route, "api_secret"))->previous, first);
}

TEST_F(ReencryptionJobTest, ANewProcessGoesOnWhereTheLastCommitWas) {
  const std::vector<Stored> cards = StoreCards(700);
  vault_.RotateKeys(2);
  std::unique_ptr<ReencryptionJob> job = NewJob();
  ASSERT_THAT(job->Start(KeyPurpose::kPan, Operator()), IsOk());
  int processes = 1;
  uint64_t done = 0;
  while (job->GetProgress().state == ReencryptionState::kRunning) {
    job->Step();
    if (job->GetProgress().done_count == done) continue;
    done = job->GetProgress().done_count;
    job = NewJob();  // as after SIGKILL
    ++processes;
    EXPECT_EQ(job->GetProgress().done_count, done);
    EXPECT_EQ(job->GetProgress().total_count, cards.size());
    EXPECT_TRUE(job->GetProgress().is_counted);
  }
  EXPECT_EQ(job->GetProgress().state, ReencryptionState::kDone);
  EXPECT_GE(processes, 3);
  EXPECT_EQ(MovedByLog(), cards.size());  // none twice
  EXPECT_EQ(NewJob()->GetProgress().state, ReencryptionState::kDone);
}

TEST_F(ReencryptionJobTest, APausedJobStaysPausedThroughARestart) {
  StoreCards(600);
  vault_.RotateKeys(2);
  std::unique_ptr<ReencryptionJob> job = NewJob();
  ASSERT_THAT(job->Start(KeyPurpose::kPan, Operator()), IsOk());
  while (job->GetProgress().done_count == 0) job->Step();
  ASSERT_THAT(job->Pause(Operator()), IsOk());
  ASSERT_THAT(job->Pause(Operator()), IsOk());
  EXPECT_EQ(job->Step(), absl::InfiniteDuration());
  const uint64_t done = job->GetProgress().done_count;
  job = NewJob();
  EXPECT_EQ(job->GetProgress().state, ReencryptionState::kPaused);
  EXPECT_EQ(job->Step(), absl::InfiniteDuration());
  EXPECT_EQ(job->GetProgress().done_count, done);
  EXPECT_EQ(MovedByLog(), done);
  ASSERT_THAT(job->Resume(Operator()), IsOk());
  RunToEnd(*job);
  EXPECT_EQ(MovedByLog(), 600u);
  EXPECT_EQ(LeavesOf(AuditAction::kReencryptionPaused).size(), 1u);
  EXPECT_EQ(LeavesOf(AuditAction::kReencryptionStarted).size(), 2u);
  EXPECT_THAT(job->Pause(Operator()), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(job->Resume(Operator()), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ReencryptionJobTest, StartTellsWhatItCannotDo) {
  StoreCards(20);
  vault_.RotateKeys(2);
  const std::unique_ptr<ReencryptionJob> job = NewJob();
  EXPECT_EQ(job->GetProgress().state, ReencryptionState::kIdle);
  for (const KeyPurpose purpose : {KeyPurpose::kTokenMac, KeyPurpose::kRequestDigest,
                                   KeyPurpose::kCursor, KeyPurpose::kAuditSigning}) {
    EXPECT_THAT(job->Start(purpose, Operator()),
                StatusIs(absl::StatusCode::kUnimplemented, ErrorReason::kNotOffered));
  }
  ASSERT_THAT(job->Start(KeyPurpose::kPan, Operator()), IsOk());
  const uint64_t entries = vault_.pipeline().audit_entry_count();
  EXPECT_THAT(job->Start(KeyPurpose::kPan, Operator()), IsOk());
  EXPECT_EQ(vault_.pipeline().audit_entry_count(), entries);
  EXPECT_THAT(job->Start(KeyPurpose::kProfile, Operator()),
              StatusIs(absl::StatusCode::kAborted, ErrorReason::kInProgress));
  ASSERT_THAT(job->Pause(Operator()), IsOk());
  ASSERT_THAT(job->Start(KeyPurpose::kPan, Operator()), IsOk());  // goes on
  ASSERT_THAT(job->Pause(Operator()), IsOk());
  ASSERT_THAT(job->Start(KeyPurpose::kProfile, Operator()), IsOk());  // in the other's place
  RunToEnd(*job);
  EXPECT_EQ(MovedByLog(), 20u);
  EXPECT_EQ(*job->GetProgress().purpose, KeyPurpose::kProfile);
  vault_.keyring().Seal();
  EXPECT_THAT(job->Start(KeyPurpose::kPan, Operator()),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
}

TEST_F(ReencryptionJobTest, ASealedVaultIsWaitedFor) {
  StoreCards(20);
  vault_.RotateKeys(2);
  const auto unsealed = *vault_.keyring().Snapshot();
  const std::unique_ptr<ReencryptionJob> job = NewJob();
  ASSERT_THAT(job->Start(KeyPurpose::kPan, Operator()), IsOk());
  vault_.keyring().Seal();
  EXPECT_GT(job->Step(), absl::ZeroDuration());
  EXPECT_EQ(job->GetProgress().state, ReencryptionState::kRunning);
  EXPECT_THAT(job->GetProgress().last_error,
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
  vault_.keyring().Set(unsealed);
  RunToEnd(*job);
  EXPECT_EQ(MovedByLog(), 20u);
  EXPECT_THAT(job->GetProgress().last_error, IsOk());
}

TEST_F(ReencryptionJobTest, ARotationMeanwhileIsTheNewTargetForAllRows) {
  const std::vector<Stored> cards = StoreCards(600);
  vault_.RotateKeys(2);
  const std::unique_ptr<ReencryptionJob> job = NewJob();
  ASSERT_THAT(job->Start(KeyPurpose::kPan, Operator()), IsOk());
  while (job->GetProgress().done_count == 0) job->Step();
  vault_.RotateKeys(3);
  RunToEnd(*job);
  EXPECT_EQ(job->GetProgress().target_version, 3u);
  EXPECT_EQ(job->GetProgress().done_count, 600u);
  for (const Stored& card : cards) {
    EXPECT_EQ(RecordOf(card.view.token).pan().key_version(), 3u);
  }
}

TEST_F(ReencryptionJobTest, ARotationAtTheVeryEndBeginsAnew) {
  const std::vector<Stored> cards = StoreCards(300);
  vault_.RotateKeys(2);
  const std::unique_ptr<ReencryptionJob> job = NewJob();
  ASSERT_THAT(job->Start(KeyPurpose::kPan, Operator()), IsOk());
  while (job->GetProgress().done_count < 300) job->Step();
  job->Step();  // the end of the pass
  job->Step();  // the next pass has looked at every row
  ASSERT_EQ(job->GetProgress().state, ReencryptionState::kRunning);
  vault_.RotateKeys(3);
  RunToEnd(*job);
  for (const Stored& card : cards) {
    EXPECT_EQ(RecordOf(card.view.token).pan().key_version(), 3u);
  }
}

// It is over when a whole pass found nothing, not when the end of the table is reached.
TEST_F(ReencryptionJobTest, WhatIsFoundBehindThePassIsMovedByTheNext) {
  StoreCards(600);
  const KeyedRow first = vault_.Rows(Table::kRecords).front();
  vault_.RotateKeys(2);
  const std::unique_ptr<ReencryptionJob> job = NewJob();
  ASSERT_THAT(job->Start(KeyPurpose::kPan, Operator()), IsOk());
  while (job->GetProgress().done_count == 0) job->Step();
  store_.Plant(Table::kRecords, first.key, first.row.value, first.row.revision);
  RunToEnd(*job);
  EXPECT_EQ(MovedByLog(), 601u);
  for (const KeyedRow& row : vault_.Rows(Table::kRecords)) {
    EXPECT_EQ(DecodeRow<CardRecord>(row.row.value)->pan().key_version(), 2u);
  }
}

// The medium fails in the middle of a commit, which is there or is not: both come right.
TEST_F(ReencryptionJobTest, ACommitOfUnknownOutcomeIsFoundOut) {
  const std::vector<Stored> cards = StoreCards(600);
  uint32_t version = 2;
  for (const auto fault : {FaultInjectingEngine::CommitFault::kWritten,
                           FaultInjectingEngine::CommitFault::kNotWritten}) {
    vault_.RotateKeys(version);
    const std::unique_ptr<ReencryptionJob> job = NewJob();
    ASSERT_THAT(job->Start(KeyPurpose::kPan, Operator()), IsOk());
    engine_.FailCommit(2, fault);
    RunToEnd(*job);
    EXPECT_EQ(job->GetProgress().state, ReencryptionState::kDone);
    EXPECT_EQ(job->GetProgress().done_count, 600u);
    for (const Stored& card : cards) {
      EXPECT_EQ(RecordOf(card.view.token).pan().key_version(), version);
    }
    EXPECT_EQ(MovedByLog(), 600u * (version - 1));
    ++version;
  }
}

// S6, promise 4: what is opened is in the log, in the commit that moves it.
TEST_F(ReencryptionJobTest, WhenTheLogCannotBeWrittenNothingMoves) {
  const Stored card = StoreCards(1).front();
  vault_.RotateKeys(2);
  const std::unique_ptr<ReencryptionJob> job = NewJob();
  ASSERT_THAT(job->Start(KeyPurpose::kPan, Operator()), IsOk());
  engine_.Break();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(job->Step(), absl::Seconds(1));
  EXPECT_EQ(job->GetProgress().state, ReencryptionState::kRunning);
  EXPECT_FALSE(job->GetProgress().last_error.ok());
  engine_.Mend();
  EXPECT_EQ(RecordOf(card.view.token).pan().key_version(), 1u);
  RunToEnd(*job);
  EXPECT_EQ(RecordOf(card.view.token).pan().key_version(), 2u);
}

TEST_F(ReencryptionJobTest, ItIsNoFasterThanItMayBe) {
  StoreCards(600);
  vault_.RotateKeys(2);
  const std::unique_ptr<ReencryptionJob> job = NewJob({.rows_per_second = 1000});
  ASSERT_THAT(job->Start(KeyPurpose::kPan, Operator()), IsOk());
  const absl::Duration begin = vault_.clock().SinceBoot();
  while (job->GetProgress().state == ReencryptionState::kRunning) {
    const uint64_t before = job->GetProgress().done_count;
    const absl::Duration pause = job->Step();
    EXPECT_LE(job->GetProgress().done_count - before, 20u);  // small batches, evenly spread
    const absl::Duration elapsed = vault_.clock().SinceBoot() - begin;
    EXPECT_LE(job->GetProgress().done_count, absl::ToDoubleSeconds(elapsed) * 1000 + 20);
    if (pause < absl::InfiniteDuration()) vault_.clock().Advance(pause);
  }
  const absl::Duration elapsed = vault_.clock().SinceBoot() - begin;
  EXPECT_GE(elapsed, absl::Milliseconds(580));
  EXPECT_LE(elapsed, absl::Milliseconds(800));  // looking costs a little
}

TEST_F(ReencryptionJobTest, ProgressTellsRateAndTimeLeft) {
  StoreCards(600);
  vault_.RotateKeys(2);
  const std::unique_ptr<ReencryptionJob> job = NewJob({.rows_per_second = 1000});
  ASSERT_THAT(job->Start(KeyPurpose::kPan, Operator()), IsOk());
  EXPECT_FALSE(job->GetProgress().is_counted);
  while (job->GetProgress().done_count < 300) vault_.clock().Advance(job->Step());
  const ReencryptionProgress progress = job->GetProgress();
  EXPECT_EQ(progress.total_count, 600u);
  EXPECT_NEAR(progress.rows_per_second, 1000, 150);
  EXPECT_NEAR(absl::ToDoubleSeconds(progress.time_left), 0.3, 0.06);
  EXPECT_EQ(progress.target_version, 2u);
}

// With its own thread, stopped and taken up again; administration does not wait for long work.
TEST_F(ReencryptionJobTest, TheThreadRunsPausesAndStops) {
  StoreCards(600);
  vault_.RotateKeys(2);
  {
    const std::unique_ptr<ReencryptionJob> job = NewJob();
    job->Launch();
    ASSERT_THAT(job->Start(KeyPurpose::kPan, Operator()), IsOk());
    ASSERT_THAT(job->Pause(Operator()), IsOk());
    ASSERT_THAT(job->Resume(Operator()), IsOk());
    job->Stop();
  }
  const std::unique_ptr<ReencryptionJob> job = NewJob();
  job->Launch();
  while (job->GetProgress().state != ReencryptionState::kDone) std::this_thread::yield();
  EXPECT_EQ(MovedByLog(), 600u);
}

}  // namespace
}  // namespace cardvault

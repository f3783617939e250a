#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/length_prefix.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/audit_tail.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/testing/pipeline_fixture.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/fault_injecting_engine.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using Kind = CommitResult::Kind;
using CommitFault = FaultInjectingEngine::CommitFault;

TEST_F(CommitPipelineTest, EntriesCarryWallTimeAndTimeSinceBoot) {
  Start();
  const absl::Time wall = clock_.Now();
  const absl::Duration since_boot = clock_.SinceBoot();
  Commit(PutSet(Table::kRecords, "a", "x"));
  clock_.Advance(absl::Milliseconds(1500));
  Commit(PutSet(Table::kRecords, "a", "x"));
  const std::vector<AuditEntry> log = Log();
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(log[0].time, wall);
  EXPECT_EQ(log[0].since_boot, since_boot);
  EXPECT_EQ(log[1].time, wall + absl::Milliseconds(1500));
  EXPECT_EQ(log[1].since_boot, since_boot + absl::Milliseconds(1500));
}

TEST_F(CommitPipelineTest, AClockThatIsSetBackALittleDoesNotTurnTheEntriesBack) {
  Start();
  const absl::Time wall = clock_.Now();
  Commit(PutSet(Table::kRecords, "a", "x"));
  clock_.SetNow(wall - absl::Milliseconds(400));
  Commit(PutSet(Table::kRecords, "a", "x"));
  clock_.Advance(absl::Seconds(1));
  Commit(PutSet(Table::kRecords, "a", "x"));
  const std::vector<AuditEntry> log = Log();
  ASSERT_EQ(log.size(), 3u);
  EXPECT_EQ(log[1].time, wall);
  EXPECT_EQ(log[2].time, wall + absl::Milliseconds(600));
}

TEST_F(CommitPipelineTest, AClockThatJumpsIsAnEntryOfItsOwn) {
  Start();
  const absl::Time wall = clock_.Now();
  Commit(PutSet(Table::kRecords, "a", "x"));
  clock_.SetNow(wall - absl::Hours(1));
  EXPECT_EQ(Commit(PutSet(Table::kRecords, "b", "x")).revision, 2u);
  clock_.SetNow(wall + absl::Hours(24));
  Commit(PutSet(Table::kRecords, "c", "x"));
  clock_.Advance(absl::Hours(24));  // no jump: both clocks went on
  Commit(PutSet(Table::kRecords, "d", "x"));
  const std::vector<AuditEntry> log = Log();
  EXPECT_THAT(LogObjects(), ElementsAre("a", "-3600", "b", "90000", "c", "d"));
  EXPECT_EQ(log[1].leaf.action, AuditAction::kClockStepped);
  EXPECT_EQ(log[1].leaf.origin.principal, "cardvaultd");
  EXPECT_EQ(log[1].time, wall - absl::Hours(1));
  EXPECT_EQ(log[3].time, wall + absl::Hours(24));
}

TEST_F(CommitPipelineTest, AClockThatJumpsWhileABatchFailsIsStillAnEntry) {
  Start();
  clock_.SetNow(clock_.Now() - absl::Hours(1));
  engine_.FailCommit(1, CommitFault::kNotWritten);
  EXPECT_EQ(Commit(PutSet(Table::kRecords, "a", "x")).kind, Kind::kFailed);
  Commit(PutSet(Table::kRecords, "a", "x"));
  EXPECT_THAT(LogObjects(), ElementsAre("-3600", "a"));
}

TEST_F(CommitPipelineTest, AClockBehindTheLogsEndIsAnEntryAtTheNextStart) {
  Start();
  Commit(PutSet(Table::kRecords, "a", "x"));
  pipeline_.reset();
  clock_.SetNow(clock_.Now() - absl::Hours(2));
  clock_.SetSinceBoot(absl::Minutes(1));  // the machine was started anew
  Start();
  Commit(PutSet(Table::kRecords, "b", "x"));
  pipeline_.reset();
  clock_.Advance(absl::Hours(3));  // being away for a while is no jump
  clock_.SetSinceBoot(absl::Minutes(1));
  Start();
  Commit(PutSet(Table::kRecords, "c", "x"));
  EXPECT_THAT(LogObjects(), ElementsAre("a", "-7200", "b", "c"));
}

WriteSet KeyringChange(uint64_t revision) {
  WriteSet set;
  set.leaves = {Leaf(absl::StrCat(revision), AuditAction::kKeyringChanged)};
  return set;
}

// Fills the log up to `size` entries.
void FillLog(CommitPipeline& pipeline, uint64_t size) {
  while (pipeline.audit_entry_count() < size) {
    WriteSet set;
    const uint64_t missing = size - pipeline.audit_entry_count();
    for (uint64_t i = 0; i < std::min<uint64_t>(missing, 5000); ++i)
      set.leaves.push_back(Leaf("f"));
    ASSERT_TRUE(pipeline.SubmitAndWait(std::move(set)).committed());
  }
}

TEST_F(CommitPipelineTest, TheAuditedKeyringRevisionIsTheNewestInTheLog) {
  Start();
  EXPECT_EQ(pipeline_->audited_keyring_revision(), 0u);
  Commit(KeyringChange(1));
  EXPECT_EQ(pipeline_->audited_keyring_revision(), 1u);
  Commit(PutSet(Table::kRecords, "a", "x"));
  Commit(KeyringChange(2));
  pipeline_.reset();
  Start();
  EXPECT_EQ(pipeline_->audited_keyring_revision(), 2u);
}

TEST_F(CommitPipelineTest, ARefusedKeyringChangeNamesNoRevision) {
  Start();
  Commit(KeyringChange(1));
  WriteSet refused = KeyringChange(9);
  refused.leaves[0].outcome = AuditOutcome::kRefused;
  Commit(std::move(refused));
  EXPECT_EQ(pipeline_->audited_keyring_revision(), 1u);
  pipeline_.reset();
  Start();
  EXPECT_EQ(pipeline_->audited_keyring_revision(), 1u);
}

TEST_F(CommitPipelineTest, AKeyringChangeThatWasNotWrittenNamesNoRevision) {
  Start();
  Commit(KeyringChange(1));
  engine_.FailCommit(1, CommitFault::kNotWritten);
  Commit(KeyringChange(2));
  Commit(PutSet(Table::kRecords, "a", "x"));
  EXPECT_EQ(pipeline_->audited_keyring_revision(), 1u);
  engine_.FailCommit(1, CommitFault::kWritten);
  Commit(KeyringChange(2));
  Commit(PutSet(Table::kRecords, "a", "x"));
  EXPECT_EQ(pipeline_->audited_keyring_revision(), 2u);
}

TEST_F(CommitPipelineTest, TheKeyringRevisionIsAttestedAtFixedPlacesAndFoundFromThere) {
  Start();
  Commit(KeyringChange(1));
  FillLog(*pipeline_, kKeyringAttestInterval - 2);
  // A set across the boundary: its entries go on behind the attestation.
  WriteSet set = PutSet(Table::kRecords, "a", "x");
  set.leaves = {Leaf("first"), Leaf("second"), Leaf("third")};
  const CommitResult result = Commit(std::move(set));
  EXPECT_EQ(result.revision, kKeyringAttestInterval - 2);
  // And a set that begins at one.
  FillLog(*pipeline_, 2 * kKeyringAttestInterval);
  EXPECT_EQ(Commit(PutSet(Table::kRecords, "b", "x")).revision, 2 * kKeyringAttestInterval + 1);

  const std::vector<AuditEntry> log = Log();
  ASSERT_EQ(log.size(), 2 * kKeyringAttestInterval + 2);
  EXPECT_EQ(log[kKeyringAttestInterval - 1].leaf.object, "second");
  for (const uint64_t place : {kKeyringAttestInterval, 2 * kKeyringAttestInterval}) {
    EXPECT_EQ(log[place].leaf.action, AuditAction::kKeyringAttested);
    EXPECT_EQ(log[place].leaf.object, "1");
  }
  EXPECT_EQ(log[kKeyringAttestInterval + 1].leaf.object, "third");

  // The change itself is far behind, and its entry is not even read.
  store_.Remove(Table::kAuditLeaves, BigEndian64(0));
  pipeline_.reset();
  Start();
  EXPECT_EQ(pipeline_->audited_keyring_revision(), 1u);
  Commit(KeyringChange(2));
  pipeline_.reset();
  Start();
  EXPECT_EQ(pipeline_->audited_keyring_revision(), 2u);
}

// Readers look for the revision at these places alone, so nothing else may stand there.
TEST_F(CommitPipelineTest, AnAttestationKeepsItsPlaceFromTheStepOfAClock) {
  Start();
  Commit(KeyringChange(1));
  FillLog(*pipeline_, kKeyringAttestInterval);
  clock_.SetNow(clock_.Now() + absl::Hours(1));
  ASSERT_TRUE(Commit(PutSet(Table::kRecords, "a", "x")).committed());
  const std::vector<AuditEntry> log = Log();
  ASSERT_EQ(log.size(), kKeyringAttestInterval + 3);
  EXPECT_EQ(log[kKeyringAttestInterval].leaf.action, AuditAction::kKeyringAttested);
  EXPECT_EQ(log[kKeyringAttestInterval + 1].leaf.action, AuditAction::kClockStepped);
  pipeline_.reset();
  Start();
  EXPECT_EQ(pipeline_->audited_keyring_revision(), 1u);
}

}  // namespace
}  // namespace cardvault

#include "vault/commit/commit_gate.h"

#include <string>
#include <utility>
#include <vector>

#include "audit/action.h"
#include "audit/checkpoint.h"
#include "audit/compact_range.h"
#include "audit/signed_note.h"
#include "audit/tree_hash.h"
#include "audit/tree_shape.h"
#include "base/check.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/audit_tail.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/kept_checkpoint.h"
#include "vault/commit/testing/pipeline_fixture.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SwitchedGate final : public CommitGate {
 public:
  absl::Status Check() override { return status; }

  absl::Status status = absl::OkStatus();  // set while nothing is submitted
};

class CommitGateTest : public CommitPipelineTest {
 protected:
  void StartWithGate() { Start({.gate = &gate_}); }

  WriteSet SetOf(const std::vector<AuditAction>& actions) {
    WriteSet set;
    for (const AuditAction action : actions) set.leaves.push_back(Leaf("1", action));
    return set;
  }

  SwitchedGate gate_;
};

// A7: what cannot be logged as it must be is refused, from the very next operation on.
TEST_F(CommitGateTest, AClosedGateRefusesOrdinarySetsAndOpensAgain) {
  StartWithGate();
  EXPECT_TRUE(Commit(PutSet(Table::kRecords, "a", "one")).committed());
  gate_.status = Unavailable(ErrorReason::kAuditUnavailable, "as the test says");
  const CommitResult refused = Commit(PutSet(Table::kRecords, "b", "one"));
  EXPECT_THAT(refused.status,
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
  EXPECT_FALSE(Get(Table::kRecords, "b").has_value());
  gate_.status = absl::OkStatus();
  EXPECT_TRUE(Commit(PutSet(Table::kRecords, "b", "one")).committed());
  EXPECT_EQ(pipeline_->audit_entry_count(), 2u);
}

TEST_F(CommitGateTest, WhatIsWrittenInNeedGoesOnAndTakesNothingElseAlong) {
  StartWithGate();
  gate_.status = Unavailable(ErrorReason::kAuditUnavailable, "as the test says");
  EXPECT_TRUE(Commit(SetOf({AuditAction::kTokenizeRefused})).committed());
  EXPECT_TRUE(Commit(SetOf({AuditAction::kTokenDeleted})).committed());
  EXPECT_TRUE(Commit(SetOf({AuditAction::kPaymentOutcome})).committed());
  EXPECT_TRUE(
      Commit(SetOf({AuditAction::kKeyringChanged, AuditAction::kKeyCompromised})).committed());
  EXPECT_FALSE(Commit(SetOf({AuditAction::kTokenDeleted, AuditAction::kTokenCreated})).committed());
  EXPECT_FALSE(Commit(SetOf({AuditAction::kPaymentIntended})).committed());
  EXPECT_FALSE(Commit(SetOf({AuditAction::kCvvDeposited})).committed());
}

// In one batch as well: whoever is refused drops out whole, the others go on.
TEST_F(CommitGateTest, OneBatchHoldsBoth) {
  Start({.hold_until_sets = 3, .gate = &gate_});
  gate_.status = Unavailable(ErrorReason::kAuditUnavailable, "as the test says");
  std::vector<WriteSet> sets;
  sets.push_back(SetOf({AuditAction::kCallRefused}));
  sets.push_back(PutSet(Table::kRecords, "a", "one"));
  sets.push_back(SetOf({AuditAction::kTokenDeleted}));
  const std::vector<CommitResult> results = CommitAll(std::move(sets));
  EXPECT_TRUE(results[0].committed());
  EXPECT_FALSE(results[1].committed());
  EXPECT_TRUE(results[2].committed());
  EXPECT_EQ(engine_.commit_count(), 1);
}

class KeptCheckpointTest : public CommitPipelineTest {
 protected:
  // Signed by nobody that matters: the store does not look.
  static KeptCheckpoint Note(const Checkpoint& checkpoint) {
    return {checkpoint.size,
            SerializeNote({FormatCheckpoint(checkpoint), {{"x", 1, std::string(64, 's')}}})};
  }

  KeptCheckpoint NoteOf(const CompactRange& tree) {
    return Note({"cardvault/test/log/1", tree.size(), tree.Root()});
  }

  // The sizes of which there are checkpoints; a set behind KeepCheckpoint is committed after it.
  std::vector<uint64_t> KeptSizes() {
    CV_CHECK(Commit(PutSet(Table::kRecords, "row", "x")).committed());
    std::vector<uint64_t> sizes;
    const std::vector<KeyedRow> rows = *store_.Scan(Table::kAuditCheckpoints, "", "", 100);
    for (const KeyedRow& row : rows) sizes.push_back(ReadBigEndian64(row.key));
    return sizes;
  }
};

TEST_F(KeptCheckpointTest, TheNewestOfAnIntervalIsKept) {
  Start();
  EXPECT_THAT(KeptSizes(), IsEmpty());
  pipeline_->KeepCheckpoint(NoteOf(pipeline_->audit_tree()));  // of one entry
  EXPECT_THAT(KeptSizes(), ElementsAre(1));
  pipeline_->KeepCheckpoint(NoteOf(pipeline_->audit_tree()));
  EXPECT_THAT(KeptSizes(), ElementsAre(2));

  WriteSet many;
  for (uint64_t i = 0; i < kKeyringAttestInterval; ++i) many.leaves.push_back(Leaf("x"));
  ASSERT_TRUE(Commit(std::move(many)).committed());
  pipeline_->KeepCheckpoint(NoteOf(pipeline_->audit_tree()));
  EXPECT_THAT(KeptSizes(), ElementsAre(2, kKeyringAttestInterval + 4));
}

TEST_F(KeptCheckpointTest, OneThatWaitsAtTheEndIsWritten) {
  Start();
  ASSERT_TRUE(Commit(PutSet(Table::kRecords, "row", "x")).committed());
  const KeptCheckpoint checkpoint = NoteOf(pipeline_->audit_tree());
  pipeline_->KeepCheckpoint(checkpoint);
  pipeline_->Stop();
  const auto kept = ReadKeptCheckpoint(store_, 1);
  ASSERT_THAT(kept, IsOk());
  ASSERT_TRUE(kept->has_value());
  EXPECT_EQ((*kept)->note, checkpoint.note);
}

// Nothing else is written, and there may be no newer one for days.
TEST_F(KeptCheckpointTest, OneWhoseBatchFailsIsKeptWhenTheStoreIsMended) {
  Start();
  ASSERT_TRUE(Commit(PutSet(Table::kRecords, "row", "x")).committed());
  const KeptCheckpoint checkpoint = NoteOf(pipeline_->audit_tree());
  engine_.FailCommit(1, FaultInjectingEngine::CommitFault::kNotWritten);
  pipeline_->HoldUntil(1);  // with this set, and no batch of its own
  pipeline_->KeepCheckpoint(checkpoint);
  EXPECT_FALSE(Commit(PutSet(Table::kRecords, "row", "y")).committed());
  EXPECT_FALSE(ReadKeptCheckpoint(store_, 1)->has_value());
  pipeline_->Retry();
  pipeline_->Stop();
  const auto kept = ReadKeptCheckpoint(store_, 1);
  ASSERT_THAT(kept, IsOk());
  ASSERT_TRUE(kept->has_value());
  EXPECT_EQ((*kept)->note, checkpoint.note);
}

// A3: a log that was cut, or put back and written on, does not fit its own checkpoint.
TEST_F(KeptCheckpointTest, ALogThatIsNotTheCheckpointsDoesNotOpen) {
  Start();
  for (int i = 0; i < 40; ++i) Commit(PutSet(Table::kRecords, "row", "x"));
  pipeline_->KeepCheckpoint(NoteOf(pipeline_->audit_tree()));
  pipeline_.reset();
  ASSERT_THAT(ReadKeptCheckpoint(store_, 40), IsOk());
  EXPECT_THAT(ReadKeptCheckpoint(store_, 39), StatusIs(absl::StatusCode::kDataLoss));

  CompactRange other;
  for (int i = 0; i < 40; ++i) other.Append(EmptyRoot(), [](const NodeId&, const TreeHash&) {});
  for (const std::string& damaged :
       {std::string("no note"), NoteOf(CompactRange()).note, NoteOf(other).note}) {
    store_.Plant(Table::kAuditCheckpoints, CheckpointKey(40), damaged, 40);
    EXPECT_THAT(CommitPipeline::Start(engine_, keyring_, clock_, {}),
                StatusIs(absl::StatusCode::kDataLoss));
  }
}

}  // namespace
}  // namespace cardvault

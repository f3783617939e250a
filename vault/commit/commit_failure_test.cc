#include <string>
#include <utility>
#include <vector>

#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/testing/pipeline_fixture.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/failing_engine.h"
#include "vault/engine/testing/fault_injecting_engine.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using Kind = CommitResult::Kind;
using CommitFault = FaultInjectingEngine::CommitFault;

TEST_F(CommitPipelineTest, StartFailsWhenTheLogCannotBeRead) {
  FailingEngine failing(DataLoss("as the test says"));
  EXPECT_THAT(CommitPipeline::Start(failing, keyring_, clock_, {}),
              StatusIs(absl::StatusCode::kDataLoss));
}

// A7: what cannot be logged is not done.
TEST_F(CommitPipelineTest, EveryCallerOfABatchThatIsNotWrittenFails) {
  Start({4});
  engine_.FailCommit(1, CommitFault::kNotWritten);
  std::vector<WriteSet> sets;
  sets.push_back(InsertSet(Table::kRecords, "a", "one"));
  sets.push_back(InsertSet(Table::kRecords, "a", "two"));  // was judged against the first
  sets.push_back(InsertSet(Table::kRecords, "b", "three"));
  sets.push_back(PutSet(Table::kDue, "c", "four"));
  for (const CommitResult& result : CommitAll(std::move(sets))) {
    EXPECT_EQ(result.kind, Kind::kFailed);
    EXPECT_THAT(result.status,
                StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
  }
  EXPECT_EQ(pipeline_->audit_entry_count(), 0u);
  EXPECT_TRUE(Log().empty());

  // The next batch takes the sequence numbers that were not used up.
  EXPECT_EQ(Commit(InsertSet(Table::kRecords, "a", "again")).revision, 0u);
  EXPECT_EQ(engine_.settle_count(), 1);
  EXPECT_EQ(Get(Table::kRecords, "a")->value, "again");
}

TEST_F(CommitPipelineTest, ABatchReportedAsFailedButWrittenIsNotWrittenOver) {
  Start();
  Commit(PutSet(Table::kRecords, "before", "x"));
  engine_.FailCommit(1, CommitFault::kWritten);
  WriteSet set = InsertSet(Table::kRecords, "a", "one");
  set.leaves.push_back(Leaf("a2"));
  EXPECT_EQ(Commit(std::move(set)).kind, Kind::kFailed);
  EXPECT_EQ(pipeline_->audit_entry_count(), 1u);

  const CommitResult next = Commit(PutSet(Table::kRecords, "b", "two"));
  EXPECT_TRUE(next.committed());
  EXPECT_EQ(next.revision, 3u);
  EXPECT_EQ(pipeline_->audit_entry_count(), 4u);
  EXPECT_THAT(LogObjects(), ElementsAre("before", "a", "a2", "b"));
  // The caller tries again and learns what is there.
  EXPECT_EQ(Commit(InsertSet(Table::kRecords, "a", "one")).kind, Kind::kConditionFailed);
}

TEST_F(CommitPipelineTest, UntilTheEngineIsSettledEverySetFails) {
  Start();
  engine_.Break();
  for (int i = 0; i < 3; ++i) {
    const CommitResult result = Commit(PutSet(Table::kRecords, "a", "x"));
    EXPECT_EQ(result.kind, Kind::kFailed);
    EXPECT_THAT(result.status,
                StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
  }
  EXPECT_EQ(engine_.commit_count(), 1) << "nothing is written before the engine is settled";
  EXPECT_EQ(engine_.settle_count(), 2);
  engine_.Mend();
  EXPECT_EQ(Commit(PutSet(Table::kRecords, "a", "x")).revision, 0u);
}

TEST_F(CommitPipelineTest, WhenTheEndOfTheLogCannotBeReadAgainSetsFailUntilItCan) {
  Start();
  Commit(PutSet(Table::kRecords, "a", "x"));
  engine_.FailCommit(1, CommitFault::kNotWritten);
  EXPECT_EQ(Commit(PutSet(Table::kRecords, "a", "y")).kind, Kind::kFailed);
  engine_.FailRead(1);
  EXPECT_EQ(Commit(PutSet(Table::kRecords, "a", "z")).kind, Kind::kFailed);
  EXPECT_EQ(Commit(PutSet(Table::kRecords, "a", "w")).revision, 1u);
}

// Not even a set that would fail its conditions is judged while the store's state is not known.
TEST_F(CommitPipelineTest, WhileUnsettledNoConditionIsJudged) {
  Start();
  Commit(PutSet(Table::kRecords, "a", "x"));
  engine_.FailCommit(1, CommitFault::kNotWritten);
  Commit(PutSet(Table::kRecords, "b", "x"));
  engine_.Break();
  EXPECT_EQ(Commit(InsertSet(Table::kRecords, "a", "y")).kind, Kind::kFailed);
}

TEST_F(CommitPipelineTest, ARowThatCannotBeReadFailsItsSetAlone) {
  Start({2});
  engine_.FailRead(1);
  std::vector<WriteSet> sets;
  sets.push_back(InsertSet(Table::kRecords, "damaged", "x"));
  sets.push_back(InsertSet(Table::kRecords, "sound", "x"));
  const std::vector<CommitResult> results = CommitAll(std::move(sets));
  EXPECT_EQ(results[0].kind, Kind::kFailed);
  EXPECT_THAT(results[0].status,
              StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
  EXPECT_TRUE(results[1].committed());
  EXPECT_THAT(LogObjects(), ElementsAre("sound"));
}

TEST_F(CommitPipelineTest, AnEntryThatTheFormatCannotHoldFailsItsSetAlone) {
  Start({3});
  std::vector<WriteSet> sets(3);
  sets[0] = PutSet(Table::kRecords, "a", "x");
  sets[0].leaves = {Leaf("a"), Leaf(std::string(kMaxObjectSize + 1, 'x'))};
  sets[1] = PutSet(Table::kRecords, "b", "x");
  sets[1].leaves = {Leaf("no number", AuditAction::kKeyringChanged)};
  sets[2] = PutSet(Table::kRecords, "c", "x");
  const std::vector<CommitResult> results = CommitAll(std::move(sets));
  EXPECT_EQ(results[0].kind, Kind::kFailed);
  EXPECT_THAT(results[0].status, StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(results[1].kind, Kind::kFailed);
  EXPECT_TRUE(results[2].committed());
  EXPECT_THAT(LogObjects(), ElementsAre("c"));
}

// A7: it is seen from outside, and ends without anybody's write.
TEST_F(CommitPipelineTest, AStoreThatFailsIsSeenUntilItIsSettled) {
  Start();
  EXPECT_FALSE(pipeline_->is_failing());
  engine_.FailCommit(1, CommitFault::kNotWritten);
  EXPECT_FALSE(Commit(PutSet(Table::kRecords, "a", "one")).committed());
  EXPECT_TRUE(pipeline_->is_failing());
  pipeline_->Retry();
  pipeline_->Stop();
  EXPECT_FALSE(pipeline_->is_failing());
  EXPECT_EQ(pipeline_->audit_entry_count(), 0u);
}

}  // namespace
}  // namespace cardvault

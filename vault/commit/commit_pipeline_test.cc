#include "vault/commit/commit_pipeline.h"

#include <atomic>
#include <optional>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/error_reason.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/testing/pipeline_fixture.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using Kind = CommitResult::Kind;

TEST_F(CommitPipelineTest, ACommittedSetHasItsRowsAndItsEntries) {
  Start();
  WriteSet set = PutSet(Table::kRecords, "a", "one");
  set.puts.push_back({Table::kDue, "d", "two"});
  set.leaves.push_back(Leaf("a", AuditAction::kCvvDeposited));
  const CommitResult result = Commit(std::move(set));
  EXPECT_TRUE(result.committed());
  EXPECT_THAT(result.status, IsOk());
  EXPECT_EQ(result.revision, 0u);
  EXPECT_EQ(Get(Table::kRecords, "a")->value, "one");
  EXPECT_EQ(Get(Table::kRecords, "a")->revision, 0u);
  EXPECT_EQ(Get(Table::kDue, "d")->revision, 0u);
  const std::vector<AuditEntry> log = Log();
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(log[0].leaf.action, AuditAction::kTokenCreated);
  EXPECT_EQ(log[1].leaf.action, AuditAction::kCvvDeposited);
  EXPECT_EQ(log[0].leaf.origin.principal, "spiffe://shop.test/merchant/m1/tokens");
  EXPECT_EQ(pipeline_->audit_entry_count(), 2u);
}

// The revision of a row is the sequence of its set's first entry: it points to who wrote it.
TEST_F(CommitPipelineTest, RevisionIsTheSequenceOfTheSetsFirstEntry) {
  Start();
  WriteSet two_entries = PutSet(Table::kRecords, "a", "one");
  two_entries.leaves.push_back(Leaf("a2"));
  EXPECT_EQ(Commit(std::move(two_entries)).revision, 0u);
  EXPECT_EQ(Commit(PutSet(Table::kRecords, "b", "one")).revision, 2u);
  EXPECT_EQ(Commit(PutSet(Table::kRecords, "a", "two")).revision, 3u);
  EXPECT_EQ(Get(Table::kRecords, "a")->revision, 3u);
  EXPECT_EQ(Get(Table::kRecords, "b")->revision, 2u);
}

TEST_F(CommitPipelineTest, ASetMayBeNothingButItsEntry) {
  Start();
  WriteSet refusal;
  refusal.leaves = {Leaf("x", AuditAction::kTokenRefused)};
  EXPECT_TRUE(Commit(std::move(refusal)).committed());
  EXPECT_EQ(pipeline_->audit_entry_count(), 1u);
}

TEST_F(CommitPipelineTest, DeletedRowsAreGoneAndWhatIsPutInTheSameSetStands) {
  Start();
  Commit(PutSet(Table::kRecords, "a", "one"));
  Commit(PutSet(Table::kRecords, "b", "one"));
  WriteSet set;
  set.deletes = {{Table::kRecords, "a"}, {Table::kRecords, "b"}, {Table::kRecords, "never"}};
  set.puts = {{Table::kRecords, "b", "two"}};
  set.leaves = {Leaf("x")};
  EXPECT_TRUE(Commit(std::move(set)).committed());
  EXPECT_FALSE(Get(Table::kRecords, "a").has_value());
  EXPECT_EQ(Get(Table::kRecords, "b")->value, "two");
}

TEST_F(CommitPipelineTest, TheLogGoesOnWhereItEnded) {
  for (uint64_t i = 0; i < 3; ++i) {
    Start();
    EXPECT_EQ(pipeline_->audit_entry_count(), i);
    EXPECT_EQ(Commit(PutSet(Table::kRecords, "a", "x")).revision, i);
    pipeline_.reset();
  }
  EXPECT_EQ(Log().size(), 3u);
}

// Promise 5 and section 6: one batch is made to hold all the callers.
TEST_F(CommitPipelineTest, OfSixtyFourSetsForOneAbsentRowExactlyOneIsCommitted) {
  constexpr size_t kCallers = 64;
  Start({kCallers});
  std::vector<WriteSet> sets;
  for (size_t i = 0; i < kCallers; ++i) {
    WriteSet set = InsertSet(Table::kPayments, "payment", absl::StrCat("caller ", i));
    set.puts.push_back({Table::kDue, absl::StrCat("due ", i), ""});
    set.leaves = {Leaf(absl::StrCat("caller ", i)), Leaf(absl::StrCat("caller ", i))};
    sets.push_back(std::move(set));
  }
  const std::vector<CommitResult> results = CommitAll(std::move(sets));
  EXPECT_EQ(engine_.commit_count(), 1) << "the batch did not hold them all";
  EXPECT_TRUE(results[0].committed());
  for (size_t i = 1; i < kCallers; ++i) {
    EXPECT_EQ(results[i].kind, Kind::kConditionFailed);
    EXPECT_EQ(results[i].failed_precondition, 0);
    EXPECT_THAT(results[i].status, StatusIs(absl::StatusCode::kAborted));
    EXPECT_FALSE(Get(Table::kDue, absl::StrCat("due ", i)).has_value());
  }
  EXPECT_EQ(Get(Table::kPayments, "payment")->value, "caller 0");
  EXPECT_THAT(LogObjects(), ElementsAre("caller 0", "caller 0"));
}

// The same from 64 threads: whoever is first.
TEST_F(CommitPipelineTest, OfSixtyFourThreadsForOneAbsentRowExactlyOneCommits) {
  constexpr int kCallers = 64;
  Start({kCallers});
  std::atomic<int> committed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kCallers; ++i) {
    threads.emplace_back([this, i, &committed] {
      if (Commit(InsertSet(Table::kPayments, "p", absl::StrCat(i))).committed()) ++committed;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(committed, 1);
  EXPECT_EQ(Log().size(), 1u);
}

// In one batch: every set sees what the sets before it did, also to other tables.
TEST_F(CommitPipelineTest, SetsSeeTheSetsBeforeThemInTheSameBatch) {
  Start();
  Commit(PutSet(Table::kRecords, "card", "v0"));  // revision 0
  pipeline_->HoldUntil(7);
  std::vector<WriteSet> sets(7);
  // 0: changes the card that it read at revision 0.
  sets[0] = PutSet(Table::kRecords, "card", "v1");
  sets[0].preconditions = {Precondition::Unchanged(Table::kRecords, "card", 0)};
  // 1: read it at revision 0 too: too late.
  sets[1] = PutSet(Table::kRecords, "card", "other");
  sets[1].preconditions = {Precondition::Unchanged(Table::kRecords, "card", 0)};
  // 2: needs a row of another table to be absent: it is.
  sets[2] = InsertSet(Table::kFingerprints, "card", "f");
  // 3: needs revision 1, which set 0 just made, and deletes.
  sets[3].preconditions = {Precondition::Unchanged(Table::kRecords, "card", 1)};
  sets[3].deletes = {{Table::kRecords, "card"}};
  sets[3].leaves = {Leaf("deleted")};
  // 4: the second of its conditions fails: set 2 made that row.
  sets[4].preconditions = {Precondition::Absent(Table::kRecords, "card"),
                           Precondition::Absent(Table::kFingerprints, "card")};
  sets[4].puts = {{Table::kRecords, "card", "v4"}, {Table::kDue, "v4", ""}};
  sets[4].leaves = {Leaf("four")};
  // 5: absent again after set 3.
  sets[5] = InsertSet(Table::kRecords, "card", "v5");
  // 6: nothing of set 4 is there.
  sets[6] = InsertSet(Table::kDue, "v4", "six");
  const std::vector<CommitResult> results = CommitAll(std::move(sets));

  EXPECT_EQ(engine_.commit_count(), 2);
  EXPECT_TRUE(results[0].committed());
  EXPECT_EQ(results[0].revision, 1u);
  EXPECT_EQ(results[1].kind, Kind::kConditionFailed);
  EXPECT_EQ(results[1].failed_precondition, 0);
  EXPECT_TRUE(results[2].committed());
  EXPECT_TRUE(results[3].committed());
  EXPECT_EQ(results[4].kind, Kind::kConditionFailed);
  EXPECT_EQ(results[4].failed_precondition, 1);
  EXPECT_TRUE(results[5].committed());
  EXPECT_TRUE(results[6].committed());
  EXPECT_EQ(Get(Table::kRecords, "card")->value, "v5");
  EXPECT_EQ(Get(Table::kRecords, "card")->revision, 4u);
  EXPECT_EQ(Get(Table::kDue, "v4")->value, "six");
  EXPECT_THAT(LogObjects(), ElementsAre("card", "card", "card", "deleted", "card", "v4"));
}

TEST_F(CommitPipelineTest, ARowPutAgainInABatchHasTheLaterRevision) {
  Start({2});
  std::vector<WriteSet> sets;
  sets.push_back(PutSet(Table::kRecords, "a", "one"));
  sets.push_back(PutSet(Table::kRecords, "a", "two"));
  CommitAll(std::move(sets));
  EXPECT_EQ(Get(Table::kRecords, "a")->value, "two");
  EXPECT_EQ(Get(Table::kRecords, "a")->revision, 1u);
}

TEST_F(CommitPipelineTest, ABatchOfNothingButFailedConditionsWritesNothing) {
  Start();
  Commit(PutSet(Table::kRecords, "a", "one"));
  EXPECT_EQ(Commit(InsertSet(Table::kRecords, "a", "two")).kind, Kind::kConditionFailed);
  EXPECT_EQ(engine_.commit_count(), 1);
  EXPECT_EQ(Log().size(), 1u);
}

TEST_F(CommitPipelineTest, ManySetsAreCommittedInBoundedBatches) {
  constexpr size_t kSets = 3 * kMaxSetsPerBatch;
  Start({kSets});
  std::vector<WriteSet> sets;
  for (size_t i = 0; i < kSets; ++i) {
    sets.push_back(InsertSet(Table::kRecords, absl::StrCat(i), "x"));
  }
  const std::vector<CommitResult> results = CommitAll(std::move(sets));
  for (size_t i = 0; i < kSets; ++i) {
    EXPECT_TRUE(results[i].committed());
    EXPECT_EQ(results[i].revision, i);
  }
  EXPECT_EQ(engine_.commit_count(), 3);
  EXPECT_EQ(Log().size(), kSets);
}

TEST_F(CommitPipelineTest, ASetSealedUnderTheActiveVersionIsCommitted) {
  keyring_.Set(MakeTestKeyring("vault", 2));
  Start();
  WriteSet set = PutSet(Table::kRecords, "a", "x");
  set.sealed_under = {{KeyPurpose::kPan, 2}, {KeyPurpose::kProfile, 2}};
  EXPECT_TRUE(Commit(std::move(set)).committed());
}

TEST_F(CommitPipelineTest, ASetSealedUnderARetiredVersionIsRefused) {
  keyring_.Set(MakeTestKeyring("vault", 2));
  Start();
  WriteSet set = PutSet(Table::kRecords, "a", "x");
  set.sealed_under = {{KeyPurpose::kPan, 2}, {KeyPurpose::kProfile, 1}};
  const CommitResult result = Commit(std::move(set));
  EXPECT_EQ(result.kind, Kind::kSealedUnderStaleKey);
  EXPECT_THAT(result.status, StatusIs(absl::StatusCode::kAborted));
  EXPECT_FALSE(Get(Table::kRecords, "a").has_value());
  EXPECT_TRUE(Log().empty());
}

TEST_F(CommitPipelineTest, TheKeyringIsAskedWhenTheSetsTurnComes) {
  keyring_.Set(MakeTestKeyring("vault", 1));
  Start({2});
  WriteSet set = PutSet(Table::kRecords, "a", "x");
  set.sealed_under = {{KeyPurpose::kPan, 1}};
  CommitResult result;
  absl::Notification done;
  pipeline_->Submit(std::move(set), [&](CommitResult of_set) {
    result = std::move(of_set);
    done.Notify();
  });
  keyring_.Set(MakeTestKeyring("vault", 2));  // rotated while the set waits
  EXPECT_TRUE(Commit(PutSet(Table::kDue, "b", "x")).committed());
  done.WaitForNotification();
  EXPECT_EQ(result.kind, Kind::kSealedUnderStaleKey);
}

TEST_F(CommitPipelineTest, WhileSealedOnlySetsThatAreNotSealedUnderAKeyAreCommitted) {
  Start();
  WriteSet sealed = PutSet(Table::kRecords, "a", "x");
  sealed.sealed_under = {{KeyPurpose::kPan, 1}};
  const CommitResult result = Commit(std::move(sealed));
  EXPECT_EQ(result.kind, Kind::kFailed);
  EXPECT_THAT(result.status,
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
  EXPECT_TRUE(Commit(PutSet(Table::kKeys, "keyring", "x")).committed());
}

using CommitPipelineDeathTest = CommitPipelineTest;

TEST_F(CommitPipelineDeathTest, ASetWithoutAnEntryEndsTheProcess) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(
      {
        Start();
        WriteSet set = PutSet(Table::kRecords, "a", "x");
        set.leaves.clear();
        Commit(std::move(set));
      },
      "");
}

TEST_F(CommitPipelineDeathTest, ASetThatWritesTheLogItselfEndsTheProcess) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(
      {
        Start();
        Commit(PutSet(Table::kAuditLeaves, "a", "x"));
      },
      "");
}

}  // namespace
}  // namespace cardvault

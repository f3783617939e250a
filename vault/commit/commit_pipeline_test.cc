#include "vault/commit/commit_pipeline.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/error_reason.h"
#include "base/length_prefix.h"
#include "base/status.h"
#include "base/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/keyring_holder.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/audit_tail.h"
#include "vault/commit/write_set.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/failing_engine.h"
#include "vault/engine/testing/fake_engine.h"
#include "vault/engine/testing/fault_injecting_engine.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using Kind = CommitResult::Kind;
using CommitFault = FaultInjectingEngine::CommitFault;

AuditLeaf Leaf(std::string object, AuditAction action = AuditAction::kTokenCreated) {
  AuditLeaf leaf{};
  leaf.action = action;
  leaf.origin = {"spiffe://shop.test/merchant/m1/tokens", "tokens", "127.0.0.1:40000"};
  leaf.object = std::move(object);
  return leaf;
}

WriteSet PutSet(Table table, std::string key, std::string value) {
  WriteSet set;
  set.puts = {{table, key, std::move(value)}};
  set.leaves = {Leaf(std::move(key))};
  return set;
}

WriteSet InsertSet(Table table, std::string key, std::string value) {
  WriteSet set = PutSet(table, key, std::move(value));
  set.preconditions = {Precondition::Absent(table, std::move(key))};
  return set;
}

class CommitPipelineTest : public ::testing::Test {
 protected:
  void Start(CommitPipeline::Options options = {}) {
    absl::StatusOr<std::unique_ptr<CommitPipeline>> pipeline =
        CommitPipeline::Start(engine_, keyring_, clock_, options);
    ASSERT_THAT(pipeline, IsOk());
    pipeline_ = *std::move(pipeline);
  }

  CommitResult Commit(WriteSet set) { return pipeline_->SubmitAndWait(std::move(set)); }

  // Submits all from this thread, so that their order is known, and waits for all.
  std::vector<CommitResult> CommitAll(std::vector<WriteSet> sets) {
    std::vector<CommitResult> results(sets.size());
    absl::BlockingCounter left(static_cast<int>(sets.size()));
    for (size_t i = 0; i < sets.size(); ++i) {
      pipeline_->Submit(std::move(sets[i]), [&results, &left, i](CommitResult result) {
        results[i] = std::move(result);
        left.DecrementCount();
      });
    }
    left.Wait();
    return results;
  }

  std::optional<Row> Get(Table table, const std::string& key) { return *store_.Get(table, key); }

  // The whole log; fails the test when it has a gap or an entry that does not decode.
  std::vector<AuditEntry> Log() {
    std::vector<AuditEntry> log;
    const std::vector<KeyedRow> rows = *store_.Scan(Table::kAuditLeaves, "", "", 1'000'000);
    for (const KeyedRow& row : rows) {
      absl::StatusOr<AuditEntry> entry = DecodeEntry(row.row.value);
      EXPECT_THAT(entry, IsOk());
      if (!entry.ok()) return log;
      EXPECT_EQ(row.key, BigEndian64(log.size()));
      EXPECT_EQ(entry->sequence, log.size());
      EXPECT_EQ(row.row.revision, log.size());
      log.push_back(*std::move(entry));
    }
    return log;
  }

  std::vector<std::string> LogObjects() {
    std::vector<std::string> objects;
    for (const AuditEntry& entry : Log()) objects.push_back(entry.leaf.object);
    return objects;
  }

  FakeEngine store_;
  FaultInjectingEngine engine_{store_};
  KeyringHolder keyring_;
  FakeClock clock_;
  std::unique_ptr<CommitPipeline> pipeline_;
};

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

// Sealed under

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

// Failures

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

// Queue

TEST_F(CommitPipelineTest, AFullQueueRefusesAtOnceOnTheCallersThread) {
  Start({kMaxQueuedSets + 1});
  std::atomic<int> done = 0;
  const auto counts = [&done](CommitResult result) {
    EXPECT_TRUE(result.committed());
    ++done;
  };
  for (size_t i = 0; i < kMaxQueuedSets; ++i) {
    pipeline_->Submit(PutSet(Table::kRecords, "a", "x"), counts);
  }
  bool refused = false;
  pipeline_->Submit(PutSet(Table::kRecords, "a", "x"),
                    [&refused, caller = std::this_thread::get_id()](CommitResult result) {
                      EXPECT_EQ(std::this_thread::get_id(), caller);
                      EXPECT_THAT(result.status, StatusIs(absl::StatusCode::kResourceExhausted,
                                                          ErrorReason::kLimit));
                      refused = result.kind == Kind::kFailed;
                    });
  EXPECT_TRUE(refused);
  pipeline_->Stop();  // commits what waits
  EXPECT_EQ(done, static_cast<int>(kMaxQueuedSets));
  EXPECT_EQ(pipeline_->audit_entry_count(), kMaxQueuedSets);
}

TEST_F(CommitPipelineTest, StopCommitsWhatWaitsAndRefusesWhatComesLater) {
  Start({100});
  std::atomic<int> done = 0;
  for (int i = 0; i < 10; ++i) {
    pipeline_->Submit(PutSet(Table::kRecords, absl::StrCat(i), "x"), [&done](CommitResult result) {
      EXPECT_TRUE(result.committed());
      ++done;
    });
  }
  pipeline_->Stop();
  EXPECT_EQ(done, 10);
  const CommitResult late = Commit(PutSet(Table::kRecords, "late", "x"));
  EXPECT_EQ(late.kind, Kind::kFailed);
  EXPECT_THAT(late.status, StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kDraining));
  pipeline_->Stop();
  EXPECT_EQ(Log().size(), 10u);
}

TEST_F(CommitPipelineTest, StopFromSeveralThreadsReturnsAfterTheDrain) {
  Start();
  std::atomic<bool> committed = false;
  pipeline_->HoldUntil(2);
  pipeline_->Submit(PutSet(Table::kRecords, "a", "x"),
                    [&committed](CommitResult) { committed = true; });
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this, &committed] {
      pipeline_->Stop();
      EXPECT_TRUE(committed);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(CommitPipelineTest, DoneMaySubmitTheNextSet) {
  Start();
  absl::Notification finished;
  pipeline_->Submit(PutSet(Table::kRecords, "a", "x"), [this, &finished](CommitResult) {
    pipeline_->Submit(PutSet(Table::kRecords, "b", "x"), [&finished](CommitResult result) {
      EXPECT_EQ(result.revision, 1u);
      finished.Notify();
    });
  });
  finished.WaitForNotification();
}

TEST_F(CommitPipelineTest, CallersAreCompletedInOrder) {
  Start({50});
  std::vector<int> order;
  absl::BlockingCounter left(50);
  for (int i = 0; i < 50; ++i) {
    pipeline_->Submit(PutSet(Table::kRecords, "a", "x"), [&order, &left, i](CommitResult) {
      order.push_back(i);
      left.DecrementCount();
    });
  }
  left.Wait();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(order[i], i);
}

// Time (A6)

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

// The keyring's revision in the log

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

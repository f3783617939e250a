// A store that is not admitted: what the pipeline writes to it is its admission.

#include <string>
#include <utility>
#include <vector>

#include "audit/action.h"
#include "base/error_reason.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/audit_tail.h"
#include "vault/commit/commit_pipeline.h"
#include "vault/commit/testing/pipeline_fixture.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

class ClosedStoreTest : public CommitPipelineTest {
 protected:
  void Reopen(bool is_closed) {
    pipeline_.reset();
    CommitPipeline::Options options;
    options.is_closed = is_closed;
    Start(options);
  }

  static WriteSet AdmissionSet() {
    WriteSet set = PutSet(Table::kMeta, "admission", "x");
    set.leaves = {Leaf("log 1 size 9", AuditAction::kLogRestored),
                  Leaf("7", AuditAction::kKeyringChanged)};
    return set;
  }

  size_t RowCount() {
    size_t count = 0;
    for (int table = 0; table < kTableCount; ++table) {
      count += store_.Scan(static_cast<Table>(table), "", "", 1'000'000)->size();
    }
    return count;
  }
};

TEST_F(ClosedStoreTest, TakesNothingButItsAdmission) {
  Start();
  Commit(PutSet(Table::kRecords, "row", "x"));
  Reopen(true);
  const size_t rows = RowCount();
  clock_.SetNow(clock_.Now() + absl::Hours(1));
  for (const AuditAction action : {AuditAction::kLogStarted, AuditAction::kAdminRefused,
                                   AuditAction::kVaultSealed, AuditAction::kTokenCreated}) {
    WriteSet set;
    set.leaves.push_back(Leaf("x", action));
    EXPECT_THAT(Commit(std::move(set)).status,
                StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kNotAdmitted));
  }
  EXPECT_EQ(RowCount(), rows);
  EXPECT_TRUE(pipeline_->is_closed());

  // In one batch: what comes before the admission is refused, what comes behind it is not.
  pipeline_->HoldUntil(3);
  const std::vector<CommitResult> results =
      CommitAll({PutSet(Table::kRecords, "early", "x"), AdmissionSet(),
                 PutSet(Table::kRecords, "late", "x")});
  EXPECT_FALSE(results[0].committed());
  EXPECT_TRUE(results[1].committed());
  EXPECT_TRUE(results[2].committed());
  EXPECT_FALSE(pipeline_->is_closed());
  EXPECT_FALSE(Get(Table::kRecords, "early").has_value());
  const std::vector<AuditEntry> log = Log();
  ASSERT_EQ(log.size(), 5u);
  EXPECT_EQ(log[1].leaf.action, AuditAction::kLogRestored);
  EXPECT_EQ(log[2].leaf.action, AuditAction::kClockStepped);
  EXPECT_EQ(log[3].leaf.action, AuditAction::kKeyringChanged);
}

TEST_F(ClosedStoreTest, AnOpenStoreTakesNoAdmission) {
  Start();
  EXPECT_THAT(Commit(AdmissionSet()).status, StatusIs(absl::StatusCode::kInternal));
  EXPECT_TRUE(Log().empty());
}

TEST_F(ClosedStoreTest, AnAdmissionThatFailedLeavesItClosed) {
  Start();
  Commit(PutSet(Table::kRecords, "row", "x"));
  Reopen(true);
  engine_.FailCommit(1, FaultInjectingEngine::CommitFault::kNotWritten);
  EXPECT_FALSE(Commit(AdmissionSet()).committed());
  EXPECT_TRUE(pipeline_->is_closed());
  EXPECT_TRUE(Commit(AdmissionSet()).committed());
  EXPECT_FALSE(pipeline_->is_closed());
}

// The place of keyring.attested: the entry behind says the revision.
TEST_F(ClosedStoreTest, IsAdmittedAtAPlaceOfAttestationToo) {
  Start();
  const auto count = static_cast<size_t>(kKeyringAttestInterval);
  std::vector<WriteSet> sets;
  for (size_t i = 0; i < count; ++i) {
    WriteSet set;
    set.leaves.push_back(Leaf("x"));
    sets.push_back(std::move(set));
    if (sets.size() == 8192) CommitAll(std::exchange(sets, {}));
  }
  ASSERT_EQ(pipeline_->audit_entry_count(), kKeyringAttestInterval);
  Reopen(true);
  ASSERT_TRUE(Commit(AdmissionSet()).committed());
  Reopen(false);
  EXPECT_EQ(pipeline_->audited_keyring_revision(), 7u);
}

}  // namespace
}  // namespace cardvault

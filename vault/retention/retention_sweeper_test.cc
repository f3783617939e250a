#include "vault/retention/retention_sweeper.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/error_reason.h"
#include "base/status.h"
#include "card/test_pans.h"
#include "gtest/gtest.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/status_matchers.h"
#include "tokenizer/testing/test_vault.h"
#include "vault/records/card_tables.h"
#include "vault/retention/due_sweep.h"

namespace cardvault {
namespace {

class RetentionSweeperTest : public testing::Test {
 protected:
  ~RetentionSweeperTest() override { EXPECT_EQ(vault_.Inconsistency(), ""); }

  Token Make(absl::string_view pan, std::optional<absl::Duration> retention) {
    TokenizeInput input = vault_.Card(pan);
    input.customer = TestCustomer("c1");
    input.reuse = Reuse::kNone;
    input.retention = retention;
    return vault_.Tokenize(std::move(input))->view.token;
  }
  RetentionSweeper Sweeper(RetentionSweeper::Options options = {}) {
    return RetentionSweeper(vault_.engine(), vault_.pipeline(), vault_.keyring(), vault_.clock(),
                            options, [this] {
                              ++purges_;
                              return purge_status_;
                            });
  }
  size_t LeafCount(AuditAction action, uint32_t* last_count = nullptr) {
    size_t count = 0;
    for (const AuditLeaf& leaf : vault_.Leaves()) {
      if (leaf.action != action) continue;
      ++count;
      if (last_count != nullptr) *last_count = leaf.count;
    }
    return count;
  }

  TestVault vault_;
  int purges_ = 0;
  absl::Status purge_status_;
  CardGenerator generator_ = CardGenerator::FromEnvironment();
};

// S1
TEST_F(RetentionSweeperTest, DeletesCardsWhoseRetentionHasPassed) {
  const Token soon = Make(kVisaTestPan, absl::Hours(1));
  const Token later = Make(kVisaTestPan2, absl::Hours(2));
  const Token kept = Make(kAmexTestPan, std::nullopt);
  RetentionSweeper sweeper = Sweeper();
  EXPECT_EQ(sweeper.SweepOnce()->deleted_count, 0u);
  vault_.clock().Advance(absl::Hours(1));
  EXPECT_EQ(sweeper.SweepOnce()->deleted_count, 1u);
  EXPECT_THAT(vault_.Get(soon), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(vault_.Get(later), IsOk());
  EXPECT_EQ(vault_.Rows(Table::kFingerprints).size(), 2u);
  EXPECT_THAT(vault_.Delete(soon), IsOkAndHolds(false));  // the tombstone is there
  EXPECT_EQ(LeafCount(AuditAction::kTokenExpired), 1u);
  EXPECT_EQ(vault_.Leaves().back().object, soon.text());
  EXPECT_EQ(vault_.Leaves().back().origin.principal, "cardvaultd");
  vault_.clock().Advance(absl::Hours(10000));
  EXPECT_EQ(sweeper.SweepOnce()->deleted_count, 1u);
  EXPECT_THAT(vault_.Get(kept), IsOk());
}

TEST_F(RetentionSweeperTest, ForgetsWindowRowsUnderOneEntryWithTheirCount) {
  for (int i = 0; i < 20; ++i) Make(generator_.Pan(), std::nullopt);
  const size_t enumerations = vault_.Rows(Table::kEnumeration).size();
  ASSERT_GT(enumerations, 0u);
  vault_.clock().Advance(absl::Hours(24));
  RetentionSweeper sweeper = Sweeper();
  EXPECT_EQ(sweeper.SweepOnce()->forgotten_count, 20 + enumerations);
  EXPECT_TRUE(vault_.Rows(Table::kIdempotency).empty());
  EXPECT_TRUE(vault_.Rows(Table::kEnumeration).empty());
  EXPECT_TRUE(vault_.Rows(Table::kDue).empty());
  uint32_t count = 0;
  EXPECT_EQ(LeafCount(AuditAction::kIdempotencyExpired, &count), 1u);
  EXPECT_EQ(count, 20 + enumerations);
  EXPECT_EQ(vault_.Rows(Table::kRecords).size(), 20u);
}

TEST_F(RetentionSweeperTest, KeepsTheEntriesOfAnEnumerationRowThatAreYoung) {
  const std::vector<std::string> pans = PansSharingEnds(12);
  Make(pans[0], std::nullopt);
  vault_.clock().Advance(absl::Hours(20));
  for (int i = 1; i < 10; ++i) Make(pans[i], std::nullopt);
  vault_.clock().Advance(absl::Hours(4));
  RetentionSweeper sweeper = Sweeper();
  ASSERT_THAT(sweeper.SweepOnce(), IsOk());
  EXPECT_EQ(vault_.Rows(Table::kEnumeration).size(), 1u);
  EXPECT_EQ(vault_.Inconsistency(), "");
  Make(pans[10], std::nullopt);  // the first has left
  EXPECT_THAT(vault_.Tokenize(vault_.Card(pans[11])),
              StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kEnumeration));
  vault_.clock().Advance(absl::Hours(20));
  ASSERT_THAT(sweeper.SweepOnce(), IsOk());
  vault_.clock().Advance(absl::Hours(20));
  ASSERT_THAT(sweeper.SweepOnce(), IsOk());
  EXPECT_TRUE(vault_.Rows(Table::kEnumeration).empty());
}

// A refused PAN is kept for a window of its own: else the sweep would lift the lock of a row.
TEST_F(RetentionSweeperTest, KeepsTheRefusedPansOfAnEnumerationRow) {
  const auto refused = StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kEnumeration);
  const std::vector<std::string> pans = PansSharingEnds(20);
  for (int i = 0; i < 10; ++i) Make(pans[i], std::nullopt);
  vault_.clock().Advance(absl::Hours(20));
  for (int i = 10; i < 20; ++i) EXPECT_THAT(vault_.Tokenize(vault_.Card(pans[i])), refused);
  vault_.clock().Advance(absl::Hours(4));
  RetentionSweeper sweeper = Sweeper();
  ASSERT_THAT(sweeper.SweepOnce(), IsOk());  // those that were let in have left
  EXPECT_EQ(vault_.Rows(Table::kEnumeration).size(), 1u);
  EXPECT_EQ(vault_.Inconsistency(), "");
  EXPECT_THAT(vault_.Tokenize(vault_.Card(pans[0])), refused);
  vault_.clock().Advance(absl::Hours(20));
  ASSERT_THAT(sweeper.SweepOnce(), IsOk());
  EXPECT_TRUE(vault_.Rows(Table::kEnumeration).empty());
}

TEST_F(RetentionSweeperTest, RoundsAreBoundedAndGoOn) {
  for (int i = 0; i < 25; ++i) Make(generator_.Pan(), absl::Hours(1));
  vault_.clock().Advance(absl::Hours(1));
  RetentionSweeper sweeper = Sweeper({.max_rows_per_round = 10});
  const RetentionSweeper::Round first = *sweeper.SweepOnce();
  EXPECT_EQ(first.deleted_count, 10u);
  EXPECT_TRUE(first.more);
  EXPECT_EQ(sweeper.SweepOnce()->deleted_count, 10u);
  const RetentionSweeper::Round last = *sweeper.SweepOnce();
  EXPECT_EQ(last.deleted_count, 5u);
  EXPECT_FALSE(last.more);
}

TEST_F(RetentionSweeperTest, AnotherSweeperGoesOnAfterARestart) {
  for (int i = 0; i < 15; ++i) Make(generator_.Pan(), absl::Hours(1));
  vault_.clock().Advance(absl::Hours(1));
  EXPECT_EQ(Sweeper({.max_rows_per_round = 10}).SweepOnce()->deleted_count, 10u);
  EXPECT_EQ(Sweeper({.max_rows_per_round = 10}).SweepOnce()->deleted_count, 5u);
}

TEST_F(RetentionSweeperTest, ADamagedRecordDoesNotKeepTheOthersFromTheirEnd) {
  const Token damaged = Make(kVisaTestPan, absl::Hours(1));
  const std::vector<KeyedRow> rows = vault_.Rows(Table::kRecords);
  vault_.fake_engine().Plant(Table::kRecords, rows[0].key, "rubbish", rows[0].row.revision);
  const Token sound = Make(kVisaTestPan2, absl::Hours(2));
  vault_.clock().Advance(absl::Hours(3));
  RetentionSweeper sweeper = Sweeper({.max_rows_per_round = 1});
  EXPECT_EQ(sweeper.SweepOnce()->unreadable_count, 1u);
  EXPECT_EQ(sweeper.SweepOnce()->deleted_count, 1u);
  EXPECT_THAT(vault_.Get(sound), StatusIs(absl::StatusCode::kNotFound));
  vault_.fake_engine().Plant(Table::kRecords, rows[0].key, rows[0].row.value, rows[0].row.revision);
}

// A card that is changed between plan and commit is left for the next round.
TEST_F(RetentionSweeperTest, APlanThatMetAChangeIsCommittedNextRound) {
  const Token token = Make(kVisaTestPan, absl::Hours(1));
  vault_.clock().Advance(absl::Hours(1) - absl::Microseconds(1));
  const auto tables = *CardTables::Open(vault_.engine(), vault_.keyring(), VaultMode::kSandbox);
  SweepPlan plan =
      *PlanSweep(*tables, "", 10, absl::Hours(24), vault_.clock().Now() + absl::Microseconds(1));
  ASSERT_EQ(plan.deletions.size(), 1u);
  ASSERT_THAT(vault_.Disable(token), IsOk());
  EXPECT_EQ(vault_.pipeline().SubmitAndWait(std::move(plan.deletions[0])).kind,
            CommitResult::Kind::kConditionFailed);
  EXPECT_THAT(vault_.Get(token), IsOk());
  vault_.clock().Advance(absl::Microseconds(1));
  EXPECT_EQ(Sweeper().SweepOnce()->deleted_count, 1u);
}

// A request id that was used again after its window keeps its new record.
TEST_F(RetentionSweeperTest, ARequestRecordedAnewIsNotForgotten) {
  TokenizeInput input = vault_.Card(kVisaTestPan);
  TokenizeInput again = vault_.Card(kVisaTestPan);
  again.request_id = input.request_id;
  ASSERT_THAT(vault_.Tokenize(std::move(input)), IsOk());
  vault_.clock().Advance(absl::Hours(24));
  ASSERT_THAT(vault_.Tokenize(std::move(again)), IsOk());
  RetentionSweeper sweeper = Sweeper();
  ASSERT_THAT(sweeper.SweepOnce(), IsOk());
  EXPECT_EQ(vault_.Rows(Table::kIdempotency).size(), 1u);
  vault_.clock().Advance(absl::Hours(24));
  ASSERT_THAT(sweeper.SweepOnce(), IsOk());
  EXPECT_TRUE(vault_.Rows(Table::kIdempotency).empty());
}

TEST_F(RetentionSweeperTest, DoesNothingWhileSealed) {
  Make(kVisaTestPan, absl::Hours(1));
  vault_.clock().Advance(absl::Hours(1));
  vault_.keyring().Seal();
  RetentionSweeper sweeper = Sweeper();
  EXPECT_THAT(sweeper.SweepOnce(),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
  vault_.RotateKeys(1);
  EXPECT_EQ(sweeper.SweepOnce()->deleted_count, 1u);
}

TEST_F(RetentionSweeperTest, ThePurgeIsOwedAtTheStartAndAfterDeletions) {
  RetentionSweeper sweeper = Sweeper({.purge_within = absl::Hours(10)});
  sweeper.PurgeIfDue();
  EXPECT_EQ(purges_, 0);
  vault_.clock().Advance(absl::Hours(5));
  sweeper.PurgeIfDue();
  EXPECT_EQ(purges_, 1);  // what an earlier process deleted
  vault_.clock().Advance(absl::Hours(100));
  sweeper.PurgeIfDue();
  EXPECT_EQ(purges_, 1);  // nothing was deleted since
  sweeper.NoteErasure();
  vault_.clock().Advance(absl::Hours(4));
  sweeper.NoteErasure();  // the oldest counts
  vault_.clock().Advance(absl::Hours(1));
  sweeper.PurgeIfDue();
  EXPECT_EQ(purges_, 2);
}

TEST_F(RetentionSweeperTest, AFailedPurgeIsTriedAgain) {
  RetentionSweeper sweeper = Sweeper({.purge_within = absl::Hours(10)});
  vault_.clock().Advance(absl::Hours(5));
  purge_status_ = Unavailable(ErrorReason::kAuditUnavailable, "the disk is gone");
  sweeper.PurgeIfDue();
  purge_status_ = absl::OkStatus();
  sweeper.PurgeIfDue();
  sweeper.PurgeIfDue();
  EXPECT_EQ(purges_, 2);
}

TEST_F(RetentionSweeperTest, TheThreadSweepsAndStops) {
  const Token token = Make(kVisaTestPan, absl::Hours(1));
  vault_.clock().Advance(absl::Hours(1));
  absl::Notification purged;
  RetentionSweeper sweeper(
      vault_.engine(), vault_.pipeline(), vault_.keyring(), vault_.clock(),
      {.interval = absl::Milliseconds(1), .purge_within = absl::ZeroDuration()}, [&purged] {
        if (!purged.HasBeenNotified()) purged.Notify();
        return absl::OkStatus();
      });
  sweeper.Start();
  purged.WaitForNotification();
  while (!absl::IsNotFound(vault_.Get(token).status()) ||
         vault_.Rows(Table::kFingerprints).size() > 0) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  sweeper.Stop();
  sweeper.Stop();
}

}  // namespace
}  // namespace cardvault

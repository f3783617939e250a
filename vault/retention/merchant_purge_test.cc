#include "vault/retention/merchant_purge.h"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/error_reason.h"
#include "card/test_pans.h"
#include "gtest/gtest.h"
#include "tests/testing/card_generator.h"
#include "tests/testing/status_matchers.h"
#include "tokenizer/testing/test_vault.h"
#include "vault/engine/testing/fake_engine.h"
#include "vault/engine/testing/fault_injecting_engine.h"
#include "vault/engine/testing/interrupted_engine.h"

namespace cardvault {
namespace {

constexpr char kOperator[] = "spiffe://test/operator/alice";
const auto kRefused = StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kMerchantPurge);

// What `purge` would do on its thread, up to its end.
void RunToEnd(MerchantPurge& purge) {
  for (int steps = 0; purge.Step() != absl::InfiniteDuration(); ++steps) {
    ASSERT_LT(steps, 10'000);
  }
}

Warrant ByAlice() { return AuditOrigin{kOperator, "operator", "127.0.0.1:2"}; }

class MerchantPurgeTest : public testing::Test {
 protected:
  Token Make(absl::string_view pan, absl::string_view merchant = "shop",
             Reuse reuse = Reuse::kNone) {
    TokenizeInput input = vault_.Card(pan, merchant);
    input.customer = TestCustomer("c1");
    input.reuse = reuse;
    return vault_.Tokenize(std::move(input))->view.token;
  }
  std::unique_ptr<MerchantPurge> NewPurge(size_t cards_per_batch = 8) {
    auto purge = std::make_unique<MerchantPurge>(
        vault_.engine(), vault_.pipeline(), vault_.keyring(), vault_.clock(),
        MerchantPurge::Options{
            .cards_per_batch = cards_per_batch,
            .deleted = [this](const Token& token) { told_.insert(token.text()); }});
    EXPECT_THAT(purge->ResumeStored(), IsOk());
    return purge;
  }
  std::vector<AuditLeaf> LeavesOf(AuditAction action) {
    std::vector<AuditLeaf> leaves;
    for (AuditLeaf& leaf : vault_.Leaves()) {
      if (leaf.action == action) leaves.push_back(std::move(leaf));
    }
    return leaves;
  }

  TestVault vault_;
  std::set<std::string> told_;
  CardGenerator generator_ = CardGenerator::FromEnvironment();
};

TEST_F(MerchantPurgeTest, DeletesAllCardsOfOneMerchantAndNoOther) {
  std::vector<Token> tokens;
  for (int i = 0; i < 30; ++i) tokens.push_back(Make(generator_.Pan()));
  for (int i = 0; i < 12; ++i) tokens.push_back(Make(kVisaTestPan));  // that share rows
  tokens.push_back(Make(kAmexTestPan, "shop", Reuse::kCustomer));
  tokens.push_back(Make(kAmexTestPan, "shop", Reuse::kMerchant));
  const Token others = Make(kVisaTestPan, "other");

  const auto purge = NewPurge();
  EXPECT_EQ(purge->Check(TestMerchant("shop"))->card_count, 44u);
  ASSERT_THAT(purge->Start(TestMerchant("shop"), ByAlice()), IsOk());
  RunToEnd(*purge);

  for (const Token& token : tokens) {
    EXPECT_THAT(vault_.Get(token), StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(vault_.Delete(token), IsOkAndHolds(false));  // the tombstone is there
    EXPECT_EQ(told_.count(token.text()), 1u);
  }
  EXPECT_THAT(vault_.Get(others, "other"), IsOk());
  EXPECT_EQ(vault_.Rows(Table::kFingerprints).size(), 1u);
  EXPECT_EQ(vault_.Inconsistency(), "");

  const std::vector<AuditLeaf> started = LeavesOf(AuditAction::kMerchantPurgeStarted);
  ASSERT_EQ(started.size(), 1u);
  EXPECT_EQ(started[0].origin.principal, kOperator);
  EXPECT_EQ(started[0].object, "shop");
  const std::vector<AuditLeaf> deleted = LeavesOf(AuditAction::kTokenDeleted);
  EXPECT_EQ(deleted.size(), tokens.size());
  EXPECT_EQ(deleted[0].origin.principal, "cardvaultd");
  const AuditLeaf last = vault_.Leaves().back();
  EXPECT_EQ(last.action, AuditAction::kMerchantPurgeEnded);
  EXPECT_EQ(last.outcome, AuditOutcome::kSuccess);
  EXPECT_EQ(last.object, "shop deleted 44 damaged 0");
  const PurgeProgress progress = purge->GetProgress();
  EXPECT_EQ(progress.state, PurgeState::kDone);
  EXPECT_EQ(progress.deleted_count, 44u);
}

TEST_F(MerchantPurgeTest, NoCardOfTheMerchantComesInUntilItIsOver) {
  const Token token = Make(kVisaTestPan);
  const auto purge = NewPurge();
  ASSERT_THAT(purge->Start(TestMerchant("shop"), ByAlice()), IsOk());
  EXPECT_THAT(vault_.Tokenize(vault_.Card(kVisaTestPan2)), kRefused);
  EXPECT_THAT(vault_.Tokenize(vault_.Card(kVisaTestPan)), kRefused);  // one that is there, too
  EXPECT_THAT(vault_.ReplacePan(vault_.Replacement(token, kVisaTestPan2)), kRefused);
  EXPECT_THAT(vault_.Tokenize(vault_.Card(kVisaTestPan, "other")), IsOk());
  RunToEnd(*purge);
  EXPECT_THAT(vault_.Tokenize(vault_.Card(kVisaTestPan2)), IsOk());
  EXPECT_EQ(purge->Step(), absl::InfiniteDuration());
  EXPECT_EQ(vault_.ListAll({}, 10)->size(), 1u);
}

// Wherever between its reads a Tokenize is when the purge begins: no card is left behind.
TEST_F(MerchantPurgeTest, ACardThatIsOnItsWayWhenItBeginsDoesNotStay) {
  bool interrupted = true;
  int refused = 0;
  for (int nth = 1; interrupted; ++nth) {
    FakeEngine rows;
    InterruptedEngine engine{rows};
    TestVault vault(engine, {});
    MerchantPurge purge(rows, vault.pipeline(), vault.keyring(), vault.clock(), {});
    ASSERT_THAT(purge.ResumeStored(), IsOk());
    ASSERT_THAT(vault.Tokenize(vault.Card(kVisaTestPan)), IsOk());
    engine.InterruptBefore(
        nth, [&] { EXPECT_THAT(purge.Start(TestMerchant("shop"), ByAlice()), IsOk()); });
    const absl::Status answer = vault.Tokenize(vault.Card(kVisaTestPan2)).status();
    interrupted = !engine.Disarm();
    if (!interrupted) break;
    if (!answer.ok()) {
      EXPECT_THAT(answer, kRefused);
      ++refused;
    }
    RunToEnd(purge);
    EXPECT_TRUE(vault.ListAll({}, 10)->empty()) << "before read " << nth;
    bool is_under_way = false;
    for (const AuditLeaf& leaf : vault.Leaves()) {
      if (leaf.action == AuditAction::kMerchantPurgeStarted) is_under_way = true;
      if (leaf.action == AuditAction::kMerchantPurgeEnded) is_under_way = false;
      EXPECT_FALSE(is_under_way && leaf.action == AuditAction::kTokenCreated)
          << "before read " << nth;
    }
    EXPECT_EQ(vault.Inconsistency(), "");
  }
  EXPECT_GT(refused, 2);
}

TEST_F(MerchantPurgeTest, ANewProcessGoesOnAndKnowsWhatTheOneBeforeDeleted) {
  for (int i = 0; i < 40; ++i) Make(generator_.Pan());
  {
    const auto purge = NewPurge();
    ASSERT_THAT(purge->Start(TestMerchant("shop"), ByAlice()), IsOk());
    purge->Step();
    purge->Step();
  }
  EXPECT_EQ(LeavesOf(AuditAction::kTokenDeleted).size(), 16u);
  const auto purge = NewPurge();
  EXPECT_EQ(purge->GetProgress().state, PurgeState::kRunning);
  EXPECT_THAT(vault_.Tokenize(vault_.Card(kVisaTestPan)), kRefused);
  purge->Step();
  EXPECT_EQ(purge->GetProgress().deleted_count, 24u);
  EXPECT_EQ(purge->GetProgress().total_count, std::optional<uint64_t>(40));
  RunToEnd(*purge);
  EXPECT_EQ(vault_.Leaves().back().object, "shop deleted 40 damaged 0");
  EXPECT_EQ(LeavesOf(AuditAction::kMerchantPurgeStarted).size(), 1u);
  EXPECT_TRUE(vault_.ListAll({}, 10)->empty());
  EXPECT_EQ(vault_.Inconsistency(), "");
}

TEST_F(MerchantPurgeTest, ADamagedCardStaysAndDoesNotStopTheOthers) {
  const Token damaged = Make(generator_.Pan());
  const KeyedRow row = vault_.Rows(Table::kRecords).front();
  for (int i = 0; i < 20; ++i) Make(generator_.Pan());
  vault_.fake_engine().Plant(Table::kRecords, row.key, "rubbish", row.row.revision);
  const auto purge = NewPurge();
  ASSERT_THAT(purge->Start(TestMerchant("shop"), ByAlice()), IsOk());
  RunToEnd(*purge);
  const AuditLeaf last = vault_.Leaves().back();
  EXPECT_EQ(last.object, "shop deleted 20 damaged 1");
  EXPECT_EQ(last.outcome, AuditOutcome::kFailed);
  const std::vector<AuditLeaf> corrupt = LeavesOf(AuditAction::kRecordCorrupt);
  ASSERT_EQ(corrupt.size(), 1u);  // however often it was met
  EXPECT_EQ(corrupt[0].object, damaged.text());
  EXPECT_EQ(purge->GetProgress().unreadable_count, 1u);

  // When it is mended, it is deleted as well.
  vault_.fake_engine().Plant(Table::kRecords, row.key, row.row.value, row.row.revision);
  ASSERT_THAT(purge->Start(TestMerchant("shop"), ByAlice()), IsOk());
  RunToEnd(*purge);
  EXPECT_EQ(vault_.Leaves().back().object, "shop deleted 1 damaged 0");
  EXPECT_EQ(vault_.Inconsistency(), "");
}

TEST_F(MerchantPurgeTest, ThereIsOneAtATimeAndNoneWithoutCards) {
  Make(kVisaTestPan);
  Make(kVisaTestPan, "other");
  const auto purge = NewPurge();
  EXPECT_THAT(purge->Check(TestMerchant("nobody")),
              StatusIs(absl::StatusCode::kNotFound, ErrorReason::kNotFound));
  EXPECT_THAT(purge->Start(TestMerchant("nobody"), ByAlice()),
              StatusIs(absl::StatusCode::kNotFound, ErrorReason::kNotFound));
  EXPECT_EQ(purge->GetProgress().state, PurgeState::kIdle);
  ASSERT_THAT(purge->Start(TestMerchant("shop"), ByAlice()), IsOk());
  ASSERT_THAT(purge->Start(TestMerchant("shop"), ByAlice()), IsOk());
  EXPECT_THAT(purge->Start(TestMerchant("other"), ByAlice()),
              StatusIs(absl::StatusCode::kAborted, ErrorReason::kInProgress));
  RunToEnd(*purge);
  EXPECT_EQ(LeavesOf(AuditAction::kMerchantPurgeStarted).size(), 1u);
  EXPECT_EQ(purge->Check(TestMerchant("other"))->card_count, 1u);
}

TEST_F(MerchantPurgeTest, GoesOnUnderANewRowIndexKeyAndAfterTheVaultWasSealed) {
  for (int i = 0; i < 24; ++i) Make(generator_.Pan());
  const auto purge = NewPurge();
  ASSERT_THAT(purge->Start(TestMerchant("shop"), ByAlice()), IsOk());
  purge->Step();
  vault_.keyring().Seal();
  EXPECT_EQ(purge->Step(), absl::Seconds(1));
  EXPECT_THAT(purge->GetProgress().last_error,
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kVaultSealed));
  vault_.RotateKeys(2);
  RunToEnd(*purge);
  EXPECT_EQ(vault_.Leaves().back().object, "shop deleted 24 damaged 0");
  EXPECT_EQ(vault_.Inconsistency(), "");
}

// Both ends of what a failed commit can be: the count is what the log says.
TEST_F(MerchantPurgeTest, CountsWhatACommitOfUnknownOutcomeDid) {
  for (const auto fault : {FaultInjectingEngine::CommitFault::kNotWritten,
                           FaultInjectingEngine::CommitFault::kWritten}) {
    FakeEngine rows;
    FaultInjectingEngine engine{rows};
    TestVault vault(engine, {});
    for (int i = 0; i < 10; ++i) {
      ASSERT_THAT(vault.Tokenize(vault.Card(generator_.Pan())), IsOk());
    }
    MerchantPurge purge(engine, vault.pipeline(), vault.keyring(), vault.clock(),
                        {.cards_per_batch = 4});
    ASSERT_THAT(purge.ResumeStored(), IsOk());
    ASSERT_THAT(purge.Start(TestMerchant("shop"), ByAlice()), IsOk());
    purge.Step();
    engine.FailCommit(1, fault);
    EXPECT_EQ(purge.Step(), absl::Seconds(1));
    RunToEnd(purge);
    EXPECT_EQ(vault.Leaves().back().object, "shop deleted 10 damaged 0");
    EXPECT_TRUE(vault.ListAll({}, 10)->empty());
  }
}

TEST_F(MerchantPurgeTest, TheThreadBeginsWhenItIsToldToAndStops) {
  for (int i = 0; i < 20; ++i) Make(generator_.Pan());
  absl::Notification first;
  MerchantPurge purge(vault_.engine(), vault_.pipeline(), vault_.keyring(), vault_.clock(),
                      {.deleted = [&first](const Token&) {
                        if (!first.HasBeenNotified()) first.Notify();
                      }});
  ASSERT_THAT(purge.ResumeStored(), IsOk());
  purge.Launch();
  ASSERT_THAT(purge.Start(TestMerchant("shop"), ByAlice()), IsOk());
  first.WaitForNotification();
  purge.Stop();
  purge.Stop();
}

}  // namespace
}  // namespace cardvault

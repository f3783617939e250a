// Intents of which the store did not say whether it has them.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/clock.h"
#include "base/status.h"
#include "forwarder/intent_withdrawal.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/payments.h"
#include "forwarder/testing/payment_world.h"
#include "forwarder/testing/route_documents.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using storage::v1::PaymentRecord;
using CommitFault = FaultInjectingEngine::CommitFault;

class PaymentsWithdrawalTest : public ::testing::Test {
 protected:
  static auto IsAuditUnavailable() {
    return StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable);
  }

  PaymentWorld world_;
  const Token token_ = world_.AddCard();
};

TEST_F(PaymentsWithdrawalTest, BrokenStoreIsAskedLessAndLess) {
  world_.engine.FailCommit(1, CommitFault::kNotWritten);
  EXPECT_THAT(world_.PayIn(world_.Input(token_, "pay-1")), IsAuditUnavailable());
  world_.engine.Break();
  const int before = world_.engine.settle_count();
  absl::SleepFor(absl::Milliseconds(1500));
  // After 20, 120 and 620 ms; the next one after 2.62 s.
  EXPECT_GE(world_.engine.settle_count() - before, 1);
  EXPECT_LE(world_.engine.settle_count() - before, 3);
  world_.engine.Mend();
}

// Nothing is dropped, so nothing is added: while so many wait for the store, it gets no new
// intents.
TEST_F(PaymentsWithdrawalTest, NoIntentIsBegunWhileTooManyAreOpen) {
  // They are more than one merchant may have under way.
  const std::vector<std::string> merchants = {"shop", "kiosk", "stall"};
  std::string document = kH2hRouteDocument;
  document.replace(document.find("[shop]"), 6, "[shop, kiosk, stall]");
  ASSERT_THAT(world_.routes->Apply(document, false, {}), IsOk());
  std::vector<Token> tokens;
  for (const std::string& merchant : merchants) {
    PaymentWorld::CardOptions options;
    options.merchant = merchant;
    tokens.push_back(world_.AddCard(options));
  }
  const auto input = [&](int number) {
    const size_t of = number % merchants.size();
    PaymentRequest result = world_.Input(tokens[of], absl::StrCat("pay-", number));
    result.call.merchant = *MerchantId::Parse(merchants[of], "merchant");
    return result;
  };
  ASSERT_THAT(world_.PayIn(input(5000)), IsOk());

  // One batch of intents fails. What tries to withdraw them is kept waiting.
  absl::BlockingCounter done(kMaxOpenWithdrawals);
  world_.engine.FailCommit(1, CommitFault::kNotWritten);
  world_.pipeline->HoldUntil(kMaxOpenWithdrawals);
  for (int i = 0; i < kMaxOpenWithdrawals; ++i) {
    world_.payments->Pay(input(i), [&, i](const absl::StatusOr<PaymentRecord>& result) {
      if (i == 0) world_.pipeline->HoldUntil(kMaxOpenWithdrawals + 1);
      EXPECT_THAT(result, IsAuditUnavailable());
      done.DecrementCount();
    });
  }
  done.Wait();
  const int sent = world_.outbound.send_count();
  EXPECT_THAT(world_.PayIn(input(0)), IsAuditUnavailable());
  EXPECT_THAT(world_.PayIn(input(5001)), IsAuditUnavailable());
  EXPECT_EQ(world_.outbound.send_count(), sent);
  // What is recorded is answered all the same.
  EXPECT_THAT(world_.PayIn(input(5000)), IsOk());

  WriteSet another;
  another.leaves.push_back(AuditLeaf{AuditAction::kRouteApplied});
  ASSERT_TRUE(world_.pipeline->SubmitAndWait(std::move(another)).committed());
  absl::StatusOr<PaymentRecord> paid = world_.PayIn(input(0));
  for (int i = 0; i < 1000 && !paid.ok(); ++i) {
    absl::SleepFor(absl::Milliseconds(5));
    paid = world_.PayIn(input(0));
  }
  ASSERT_THAT(paid, IsOk());
  EXPECT_EQ(paid->state(), static_cast<uint32_t>(PaymentState::kApproved));
  EXPECT_EQ(world_.CountEntries(AuditAction::kPaymentOutcome), kMaxOpenWithdrawals + 2);
}

}  // namespace
}  // namespace cardvault

// Stores that fail, processes that die.

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/status.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/payments.h"
#include "forwarder/testing/payment_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using State = PaymentState;
using storage::v1::PaymentRecord;
using CommitFault = FaultInjectingEngine::CommitFault;

State StateOf(const PaymentRecord& record) { return static_cast<State>(record.state()); }

// Waits, at most some seconds, until the payment has a state.
bool Becomes(const PaymentWorld& world, const std::string& payment_id, State state) {
  for (int i = 0; i < 20'000; ++i) {
    const auto payment = world.Get(payment_id);
    if (payment.ok() && StateOf(*payment) == state) return true;
    absl::SleepFor(absl::Microseconds(500));
  }
  return false;
}

class PaymentsFailureTest : public ::testing::Test {
 protected:
  // Starts a payment whose request stays on its way until the test lets it go.
  void PayInHeld(const std::string& payment_id) {
    world_.outbound.Hold();
    world_.payments->Pay(world_.Input(token_, payment_id),
                         [this](absl::StatusOr<PaymentRecord> result) {
                           result_ = std::move(result);
                           done_.Notify();
                         });
    world_.outbound.WaitForHeld(1);
  }

  // Above the world, which ends what is on its way when it ends.
  absl::StatusOr<PaymentRecord> result_;
  absl::Notification done_;
  PaymentWorld world_;
  const Token token_ = world_.AddCard();
};

// Promise 5: whether it was sent can no longer be known.
TEST_F(PaymentsFailureTest, RestartMakesIntentsWithoutOutcomeInDoubt) {
  PayInHeld("pay-1");
  world_.Restart();
  ASSERT_THAT(world_.Get("pay-1"), IsOk());
  EXPECT_TRUE(world_.Get("pay-1")->awaiting_answer());
  ASSERT_THAT(world_.payments->ResolveRestart(), IsOk());

  const auto payment = world_.Get("pay-1");
  ASSERT_THAT(payment, IsOk());
  EXPECT_EQ(StateOf(*payment), State::kInDoubt);
  EXPECT_FALSE(payment->awaiting_answer());
  ASSERT_EQ(payment->timeline_size(), 2);
  EXPECT_EQ(payment->timeline(1).source(), "restart");
  EXPECT_TRUE(payment->timeline(1).applied());
  const AuditEntry last = world_.Entries().back();
  EXPECT_EQ(last.leaf.action, AuditAction::kPaymentOutcome);
  EXPECT_EQ(last.leaf.outcome, AuditOutcome::kFailed);
  EXPECT_EQ(last.leaf.object, payment->audit_reference());
  EXPECT_EQ(last.leaf.origin.principal, "cardvaultd");
  EXPECT_EQ(world_.payments->CountOpen()->in_doubt, 1);

  const int sent = world_.outbound.send_count();
  const auto again = world_.PayIn(world_.Input(token_, "pay-1"));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(StateOf(*again), State::kInDoubt);
  EXPECT_EQ(world_.outbound.send_count(), sent);

  const size_t entries = world_.Entries().size();
  ASSERT_THAT(world_.payments->ResolveRestart(), IsOk());
  EXPECT_EQ(world_.Entries().size(), entries);
}

TEST_F(PaymentsFailureTest, RestartLeavesWhatTheUpstreamSaidAlone) {
  world_.outbound.AnswerWith([](const OutboundRequest& request) {
    return FakeOutbound::Answered(
        {{"request_status", "success"},
         {"merchant_payment_id", BodyText(request.plan.body, "payment.payment_id")},
         {"payment_status", "processing"},
         {"payment_url", "https://acs.example/1"}});
  });
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "redirect")), IsOk());
  world_.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::NotSent(Unavailable(ErrorReason::kUnspecified, "unreachable"));
  });
  ASSERT_THAT(world_.PayIn(world_.Input(token_, "not-sent")), IsOk());
  world_.Restart();
  const size_t entries = world_.Entries().size();
  ASSERT_THAT(world_.payments->ResolveRestart(), IsOk());
  EXPECT_EQ(world_.Entries().size(), entries);
  EXPECT_EQ(StateOf(*world_.Get("redirect")), State::kRedirectRequired);
  EXPECT_EQ(StateOf(*world_.Get("not-sent")), State::kNotSent);
}

TEST_F(PaymentsFailureTest, RestartResolvesMoreThanAPage) {
  // More than one process may have left behind.
  constexpr int kProcesses = 3;
  constexpr int kPayments = 400;
  for (int process = 0; process < kProcesses; ++process) {
    world_.outbound.Hold();
    for (int i = 0; i < kPayments; ++i) {
      world_.payments->Pay(world_.Input(token_, absl::StrCat("pay-", process, "-", i)),
                           [](absl::StatusOr<PaymentRecord>) {});
    }
    world_.outbound.WaitForHeld(kPayments);
    world_.Restart();
  }
  ASSERT_THAT(world_.payments->ResolveRestart(), IsOk());
  EXPECT_EQ(world_.payments->CountOpen()->in_doubt, kProcesses * kPayments);
}

TEST_F(PaymentsFailureTest, RestartReportsADamagedLedger) {
  PayInHeld("pay-1");
  for (const KeyedRow& row : world_.Rows(Table::kPayments)) {
    if (row.key[0] != 'p') continue;
    world_.store.Plant(Table::kPayments, row.key, "\xff", row.row.revision);
  }
  EXPECT_THAT(world_.payments->ResolveRestart(),
              StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
}

// Promise 4: the log cannot be written, so nothing is opened and nothing is sent.
TEST_F(PaymentsFailureTest, IntentThatCannotBeWrittenSendsNothing) {
  world_.DepositCvv(token_);
  world_.engine.FailCommit(1, CommitFault::kNotWritten);
  EXPECT_THAT(world_.PayIn(world_.Input(token_, "pay-1")),
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
  EXPECT_EQ(world_.outbound.send_count(), 0);
  EXPECT_EQ(world_.escrow->StatusOf(*MerchantId::Parse("shop", "m"), token_).state,
            CvvState::kHeld);
  // The id is free.
  const auto again = world_.PayIn(world_.Input(token_, "pay-1"));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(StateOf(*again), State::kApproved);
  EXPECT_EQ(again->attempt(), 1u);
}

// The medium failed before it said whether it had the intent, and it had.
TEST_F(PaymentsFailureTest, IntentThatWasWrittenAllTheSameBecomesNotSent) {
  world_.engine.FailCommit(1, CommitFault::kWritten);
  EXPECT_THAT(world_.PayIn(world_.Input(token_, "pay-1")),
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
  EXPECT_EQ(world_.outbound.send_count(), 0);
  EXPECT_THAT(world_.PayIn(world_.Input(token_, "pay-1")),
              StatusIs(absl::StatusCode::kAborted, ErrorReason::kInProgress));
  ASSERT_TRUE(Becomes(world_, "pay-1", State::kNotSent));
  const auto again = world_.PayIn(world_.Input(token_, "pay-1"));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(StateOf(*again), State::kApproved);
  EXPECT_EQ(again->attempt(), 2u);
  EXPECT_EQ(world_.outbound.send_count(), 1);
}

// Its NOT_SENT was written although the store said no, the caller was quick to send again, and then
// the second try of that NOT_SENT comes.
TEST_F(PaymentsFailureTest, LateWithdrawalLeavesTheNextAttemptAlone) {
  world_.engine.FailCommit(1, CommitFault::kWritten);
  EXPECT_THAT(world_.PayIn(world_.Input(token_, "pay-1")),
              StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
  world_.engine.FailCommit(1, CommitFault::kWritten);
  ASSERT_TRUE(Becomes(world_, "pay-1", State::kNotSent));
  PayInHeld("pay-1");
  absl::SleepFor(absl::Milliseconds(300));
  EXPECT_EQ(StateOf(*world_.Get("pay-1")), State::kPending);
  EXPECT_TRUE(world_.Get("pay-1")->awaiting_answer());
  world_.outbound.Release();
  done_.WaitForNotification();
  ASSERT_THAT(result_, IsOk());
  EXPECT_EQ(StateOf(*result_), State::kApproved);
  const auto again = world_.PayIn(world_.Input(token_, "pay-1"));
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(StateOf(*again), State::kApproved);
  EXPECT_EQ(world_.outbound.sent().size(), 1u);
}

TEST_F(PaymentsFailureTest, OutcomeIsWrittenOnceTheStoreWorksAgain) {
  for (const CommitFault fault : {CommitFault::kNotWritten, CommitFault::kWritten}) {
    const std::string id = absl::StrCat("pay-", static_cast<int>(fault));
    world_.outbound.AnswerWith([&](const OutboundRequest& request) {
      world_.engine.FailCommit(1, fault);
      return FakeOutbound::Answered(
          {{"request_status", "success"},
           {"merchant_payment_id", BodyText(request.plan.body, "payment.payment_id")},
           {"payment_status", "success"}});
    });
    const auto payment = world_.PayIn(world_.Input(token_, id));
    ASSERT_THAT(payment, IsOk());
    EXPECT_EQ(StateOf(*payment), State::kApproved);
    EXPECT_EQ(payment->timeline_size(), 2);
    EXPECT_EQ(world_.payments->in_flight_count(), 0);
  }
  EXPECT_EQ(world_.CountEntries(AuditAction::kPaymentOutcome), 2);
}

// Promise 4: what is not in the log is not answered.
TEST_F(PaymentsFailureTest, OutcomeThatCannotBeWrittenForLongIsNotAnsweredButNotLost) {
  PayInHeld("pay-1");
  world_.engine.Break();
  world_.outbound.Release();
  done_.WaitForNotification();
  EXPECT_THAT(result_, StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kAuditUnavailable));
  EXPECT_EQ(world_.payments->in_flight_count(), 1);
  world_.engine.Mend();
  EXPECT_THAT(world_.PayIn(world_.Input(token_, "pay-1")),
              StatusIs(absl::StatusCode::kAborted, ErrorReason::kInProgress));
  ASSERT_TRUE(Becomes(world_, "pay-1", State::kApproved));
  EXPECT_EQ(world_.outbound.send_count(), 1);
}

TEST_F(PaymentsFailureTest, StoppedPipelineLeavesTheIntentToTheRestart) {
  PayInHeld("pay-1");
  world_.pipeline->Stop();
  world_.outbound.Release();
  done_.WaitForNotification();
  EXPECT_THAT(result_, StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kDraining));
  EXPECT_EQ(world_.payments->in_flight_count(), 0);
  world_.Restart();
  ASSERT_THAT(world_.payments->ResolveRestart(), IsOk());
  EXPECT_EQ(StateOf(*world_.Get("pay-1")), State::kInDoubt);
}

TEST_F(PaymentsFailureTest, PaymentsMayEndBeforeWhatIsOnItsWay) {
  PayInHeld("pay-1");
  world_.payments.reset();
  world_.outbound.Release();
  done_.WaitForNotification();
  ASSERT_THAT(result_, IsOk());
  EXPECT_EQ(StateOf(*result_), State::kApproved);
}

}  // namespace
}  // namespace cardvault

#include "forwarder/reconciler.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "audit/audit_leaf.h"
#include "base/status.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/reconcile_settings.h"
#include "forwarder/route.h"
#include "forwarder/route_book.h"
#include "forwarder/testing/payment_world.h"
#include "forwarder/testing/route_documents.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/write_set.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using State = PaymentState;
using Fields = std::vector<std::pair<std::string, std::string>>;

OutboundAnswer Lost() {
  return FakeOutbound::Unknown(Unavailable(ErrorReason::kUnspecified, "connection lost"));
}

class ReconcilerTest : public ::testing::Test {
 protected:
  ReconcilerTest() : token_(world_.AddCard()) {}

  // A payment of which no answer came.
  void Doubt(const std::string& payment_id, const std::string& route = "cards-praxis") {
    world_.outbound.AnswerWith([](const OutboundRequest&) { return Lost(); });
    Pay(payment_id, route);
    ASSERT_EQ(StateOf(payment_id), State::kInDoubt);
  }

  void Pay(const std::string& payment_id, const std::string& route) {
    world_.DepositCvv(token_);
    ASSERT_THAT(world_.PayIn(world_.Input(token_, payment_id, route)), IsOk());
    asked_ = world_.outbound.send_count();
  }

  void AnswerWith(const Fields& fields) {
    world_.outbound.AnswerWith(
        [fields](const OutboundRequest&) { return FakeOutbound::Answered(fields); });
  }

  // One look, and the commits that came of it.
  void Look() {
    ASSERT_THAT(world_.payments->Reconcile(), IsOk());
    WriteSet set;
    AuditLeaf leaf{};
    leaf.action = AuditAction::kLogStarted;
    set.leaves.push_back(leaf);
    ASSERT_TRUE(world_.pipeline->SubmitAndWait(std::move(set)).committed());
  }

  // Looks every second for a while.
  void LookFor(absl::Duration time) {
    for (absl::Duration gone; gone < time; gone += absl::Seconds(1)) {
      world_.clock.Advance(absl::Seconds(1));
      Look();
    }
  }

  State StateOf(const std::string& payment_id) {
    const auto record = world_.Get(payment_id);
    return record.ok() ? static_cast<State>(record->state()) : State{};
  }

  static CallContext Call() {
    return {*MerchantId::Parse("shop", "merchant"), {"spiffe://test/operator/one", "operator", ""}};
  }
  static PaymentId Id(const std::string& text) { return *PaymentId::Parse(text, "payment_id"); }

  // An operator's word.
  absl::Status Resolve(const std::string& payment_id, State state) {
    absl::Status status;
    absl::Notification done;
    world_.payments->Resolve(Call().merchant, Id(payment_id), state, Call().origin,
                              [&](const auto& record) {
      status = record.status();
      done.Notify();
    });
    done.WaitForNotification();
    return status;
  }

  // Questions since the payment was made.
  int Asked() { return world_.outbound.send_count() - asked_; }

  const Fields not_found_ = {{"status", "8"}, {"description", "order_id: not found"}};

  PaymentWorld world_;
  const Token token_;
  int asked_ = 0;
};

TEST_F(ReconcilerTest, AsksAboutADoubtAfterFiveSecondsAndEndsIt) {
  Doubt("pay-1");
  AnswerWith({{"order_id", "pay-1"}, {"transaction_status", "approved"}, {"trace_id", "7"}});
  LookFor(absl::Seconds(4));
  EXPECT_EQ(Asked(), 0);
  LookFor(absl::Seconds(1));
  EXPECT_EQ(Asked(), 1);
  const auto payment = world_.Get("pay-1");
  ASSERT_THAT(payment, IsOk());
  EXPECT_EQ(StateOf("pay-1"), State::kApproved);
  EXPECT_EQ(payment->timeline().rbegin()->source(), "status");
  EXPECT_EQ(world_.outbound.sent().back().path, "/api/find-order");
  EXPECT_EQ(BodyText(world_.outbound.sent().back().body, "order_id"), "pay-1");
  // What has an end is not asked about any more.
  LookFor(absl::Seconds(30));
  EXPECT_EQ(Asked(), 1);
}

TEST_F(ReconcilerTest, AsksAboutAPendingPaymentAfterAMinute) {
  AnswerWith({{"status", "0"}, {"transaction_status", "pending"}, {"trace_id", "7"}});
  Pay("pay-1", "cards-praxis");
  ASSERT_EQ(StateOf("pay-1"), State::kPending);
  LookFor(absl::Seconds(59));
  EXPECT_EQ(Asked(), 0);
  AnswerWith({{"transaction_status", "declined"}});
  LookFor(absl::Seconds(1));
  EXPECT_EQ(StateOf("pay-1"), State::kDeclined);
}

TEST_F(ReconcilerTest, DoesNotAskAboutWhatAwaitsItsOwnAnswer) {
  world_.outbound.Hold();
  world_.DepositCvv(token_);
  world_.payments->Pay(world_.Input(token_, "pay-1", "cards-praxis"), [](auto) {});
  world_.outbound.WaitForHeld(1);
  LookFor(absl::Seconds(120));
  EXPECT_EQ(world_.outbound.send_count(), 1);
}

// Questions repeat with growing waits, up to a quarter of an hour.
TEST_F(ReconcilerTest, WaitsLongerEachTime) {
  Doubt("pay-1");
  LookFor(absl::Seconds(60));
  const int first_minute = Asked();
  EXPECT_GE(first_minute, 2);
  EXPECT_LE(first_minute, 6);
  LookFor(absl::Minutes(59));
  const int first_hour = Asked();
  EXPECT_LE(first_hour, 20);
  LookFor(absl::Hours(1));
  EXPECT_GE(Asked() - first_hour, 3);
  EXPECT_LE(Asked() - first_hour, 9);
}

// An answer that repeats the ledger costs no write.
TEST_F(ReconcilerTest, WritesNothingWhenNothingIsNew) {
  AnswerWith({{"status", "0"}, {"transaction_status", "pending"}, {"trace_id", "7"}});
  Pay("pay-1", "cards-praxis");
  LookFor(absl::Minutes(10));
  EXPECT_GE(Asked(), 2);
  const auto payment = world_.Get("pay-1");
  ASSERT_THAT(payment, IsOk());
  EXPECT_EQ(payment->timeline_size(), 2);
}

TEST_F(ReconcilerTest, NotFoundTwiceAfterItsTimeIsNotReceived) {
  Doubt("pay-1");
  AnswerWith(not_found_);
  // From two minutes after the last moment at which the request could have been signed.
  LookFor(absl::Seconds(30 + 119));
  EXPECT_EQ(StateOf("pay-1"), State::kInDoubt);
  EXPECT_GE(Asked(), 1);
  LookFor(absl::Seconds(1 + 59));  // the first that counts, and not yet the second
  EXPECT_EQ(StateOf("pay-1"), State::kInDoubt);
  LookFor(absl::Seconds(2));
  EXPECT_EQ(StateOf("pay-1"), State::kNotReceived);
}

TEST_F(ReconcilerTest, FoundBetweenTwoNotFoundsBeginsAnew) {
  Doubt("pay-1");
  AnswerWith(not_found_);
  LookFor(absl::Seconds(155));
  AnswerWith({{"transaction_status", "approved"}});
  LookFor(absl::Seconds(60));
  EXPECT_EQ(StateOf("pay-1"), State::kApproved);
}

// A vendor that gives no bound on when a request may still be taken proves nothing by it.
TEST_F(ReconcilerTest, NotFoundEndsNothingWhereItNeverCounts) {
  Doubt("pay-1", "cards-h2h");
  AnswerWith({{"request_status", "error"}, {"error_code", "payment_not_found"}});
  LookFor(absl::Minutes(30));
  EXPECT_GE(Asked(), 3);
  EXPECT_EQ(StateOf("pay-1"), State::kInDoubt);
}

TEST_F(ReconcilerTest, UnverifiedNotFoundEndsNothing) {
  Doubt("pay-1");
  world_.outbound.AnswerWith([this](const OutboundRequest&) {
    OutboundAnswer answer = FakeOutbound::Answered(not_found_);
    answer.verified = false;
    return answer;
  });
  LookFor(absl::Minutes(30));
  EXPECT_EQ(StateOf("pay-1"), State::kInDoubt);
}

// It spoke of the payment before: now it contradicts itself.
TEST_F(ReconcilerTest, NotFoundOfAPaymentThatTheUpstreamKnewEndsNothing) {
  AnswerWith({{"status", "0"}, {"transaction_status", "error"}, {"trace_id", "7"}});
  Pay("pay-1", "cards-praxis");
  ASSERT_EQ(StateOf("pay-1"), State::kInDoubt);
  AnswerWith(not_found_);
  LookFor(absl::Minutes(30));
  EXPECT_EQ(StateOf("pay-1"), State::kInDoubt);
}

TEST_F(ReconcilerTest, AnotherOrdersStatusIsNoOutcome) {
  Doubt("pay-1");
  AnswerWith({{"order_id", "pay-2"}, {"transaction_status", "approved"}});
  LookFor(absl::Seconds(10));
  const auto payment = world_.Get("pay-1");
  ASSERT_THAT(payment, IsOk());
  EXPECT_EQ(StateOf("pay-1"), State::kInDoubt);
  EXPECT_TRUE(payment->conflict());
  AnswerWith({{"order_id", "pay-1"}, {"transaction_status", "approved"}});
  LookFor(absl::Seconds(60));
  EXPECT_EQ(StateOf("pay-1"), State::kApproved);
}

TEST_F(ReconcilerTest, GoesOnAfterARestart) {
  world_.outbound.Hold();
  world_.DepositCvv(token_);
  world_.payments->Pay(world_.Input(token_, "pay-1", "cards-praxis"), [](auto) {});
  world_.outbound.WaitForHeld(1);
  world_.Restart();
  ASSERT_THAT(world_.payments->ResolveRestart(), IsOk());
  ASSERT_EQ(StateOf("pay-1"), State::kInDoubt);
  AnswerWith({{"transaction_status", "approved"}});
  LookFor(absl::Seconds(5));
  EXPECT_EQ(StateOf("pay-1"), State::kApproved);
}

TEST_F(ReconcilerTest, AsksOverADisabledRouteToo) {
  Doubt("pay-1");
  const AuditOrigin origin{"spiffe://test/operator/one", "operator", ""};
  ASSERT_THAT(world_.routes->SetDisabled(*RouteName::Parse("cards-praxis", "route"), true, origin),
              IsOk());
  AnswerWith({{"transaction_status", "approved"}});
  LookFor(absl::Seconds(5));
  EXPECT_EQ(StateOf("pay-1"), State::kApproved);
}

TEST_F(ReconcilerTest, WhatIsOpenForADayIsForAPersonAndIsAskedAboutAllTheSame) {
  Doubt("pay-1");
  LookFor(absl::Seconds(10));
  world_.clock.Advance(absl::Hours(24));
  const int asked = Asked();
  Look();
  EXPECT_EQ(Asked(), asked + 1);
  auto payment = world_.Get("pay-1");
  ASSERT_THAT(payment, IsOk());
  EXPECT_TRUE(payment->needs_review());
  EXPECT_EQ(payment->timeline().rbegin()->source(), "review");
  const auto listed = world_.payments->ListOpen(true, 10, "");
  ASSERT_THAT(listed, IsOk());
  ASSERT_EQ(listed->payments.size(), 1u);
  AnswerWith({{"transaction_status", "approved"}});
  LookFor(absl::Minutes(20));
  EXPECT_EQ(StateOf("pay-1"), State::kApproved);
}

// Another account would say that it has no such payment, and would be right.
TEST_F(ReconcilerTest, AnotherAccountIsNotAskedAboutThePayment) {
  Doubt("pay-1");
  AnswerWith(not_found_);
  const AuditOrigin origin{"spiffe://test/operator/one", "operator", ""};
  const std::string moved =
      absl::StrReplaceAll(kPraxisRouteDocument, {{"praxis.example", "other.example"}});
  ASSERT_TRUE(world_.routes->Apply(moved, false, origin)->changed);
  LookFor(absl::Minutes(30));
  EXPECT_EQ(Asked(), 0);
  EXPECT_EQ(StateOf("pay-1"), State::kInDoubt);
  // Back at its own account it has an end.
  ASSERT_TRUE(world_.routes->Apply(kPraxisRouteDocument, false, origin)->changed);
  AnswerWith({{"order_id", "pay-1"}, {"transaction_status", "approved"}, {"trace_id", "7"}});
  LookFor(absl::Minutes(15));
  EXPECT_EQ(StateOf("pay-1"), State::kApproved);
}

TEST_F(ReconcilerTest, RefundGoesToTheAccountOfTheSaleOrNowhere) {
  AnswerWith({{"status", "0"}, {"transaction_status", "approved"}, {"trace_id", "7"}});
  Pay("pay-1", "cards-praxis");
  const std::string moved = absl::StrReplaceAll(kPraxisRouteDocument, {{"TEST USD", "TEST EUR"}});
  ASSERT_TRUE(world_.routes->Apply(moved, false, {})->changed);
  EXPECT_EQ(ReasonOf(world_.Refund(world_.RefundInput("pay-1", "ref-1", 100)).status()),
            ErrorReason::kNotRefundable);
  EXPECT_EQ(Asked(), 0);
}

// Merchants that ask and ask do not keep the reconciler away.
TEST_F(ReconcilerTest, RefreshesLeaveRoomForTheReconciler) {
  constexpr int kPayments = kMaxOthersPerRoute + 2;
  for (int i = 0; i < kPayments; ++i) Doubt(absl::StrCat("pay-", i));
  AnswerWith({{"transaction_status", "approved"}});
  world_.outbound.Hold();
  for (int i = 0; i < kPayments; ++i) {
    world_.payments->Refresh(Call(), Id(absl::StrCat("pay-", i)), [](auto) {});
  }
  world_.outbound.WaitForHeld(kMaxOthersPerRoute);
  EXPECT_EQ(Asked(), kMaxOthersPerRoute);
  world_.clock.Advance(absl::Seconds(5));
  Look();
  world_.outbound.WaitForHeld(kMaxInquiriesPerRoute);
  EXPECT_EQ(Asked(), kMaxInquiriesPerRoute);
  world_.outbound.Release();
}

TEST_F(ReconcilerTest, OneRouteIsAskedABoundedNumberOfQuestionsAtOnce) {
  constexpr int kPayments = kMaxInquiriesPerRoute + 5;
  for (int i = 0; i < kPayments; ++i) Doubt(absl::StrCat("pay-", i));
  AnswerWith({{"transaction_status", "approved"}});
  world_.outbound.Hold();
  world_.clock.Advance(absl::Seconds(5));
  Look();
  world_.outbound.WaitForHeld(kMaxInquiriesPerRoute);
  EXPECT_EQ(Asked(), kMaxInquiriesPerRoute);
  world_.outbound.Release();
  LookFor(absl::Seconds(2));
  EXPECT_EQ(Asked(), kPayments);
}

TEST_F(ReconcilerTest, ResolvingNeedsTheMarkAndIsAnEntry) {
  Doubt("pay-1");
  const auto resolve = [&](State state) { return Resolve("pay-1", state); };
  EXPECT_EQ(ReasonOf(resolve(State::kApproved)), ErrorReason::kNotReviewed);
  world_.clock.Advance(absl::Hours(24));
  Look();
  EXPECT_EQ(ReasonOf(resolve(State::kPending)), ErrorReason::kFieldInvalid);
  EXPECT_EQ(ReasonOf(resolve(State::kRejected)), ErrorReason::kFieldInvalid);
  ASSERT_THAT(resolve(State::kDeclined), IsOk());
  EXPECT_EQ(StateOf("pay-1"), State::kDeclined);
  EXPECT_FALSE(world_.Get("pay-1")->needs_review());
  EXPECT_EQ(world_.Get("pay-1")->timeline().rbegin()->source(), "operator");
  EXPECT_EQ(world_.CountEntries(AuditAction::kPaymentResolved), 1);
  EXPECT_TRUE(world_.payments->ListOpen(true, 10, "")->payments.empty());
  // It has an end now: there is nothing more to say.
  EXPECT_EQ(ReasonOf(resolve(State::kApproved)), ErrorReason::kNotReviewed);
}

TEST_F(ReconcilerTest, ThePersonsWordSettlesAConflictAndOpensRefunds) {
  AnswerWith({{"status", "0"}, {"transaction_status", "approved"}, {"trace_id", "7"}});
  Pay("pay-1", "cards-praxis");
  AnswerWith({{"transaction_status", "declined"}});
  absl::Notification refreshed;
  world_.payments->Refresh(Call(), Id("pay-1"), [&](auto) { refreshed.Notify(); });
  refreshed.WaitForNotification();
  ASSERT_TRUE(world_.Get("pay-1")->conflict());
  AnswerWith({{"status", "0"}, {"transaction_status", "approved"}, {"trace_id", "8"}});
  const auto refund = [&] { return world_.Refund(world_.RefundInput("pay-1", "ref-1", 100)); };
  EXPECT_EQ(ReasonOf(refund().status()), ErrorReason::kNotRefundable);
  ASSERT_THAT(Resolve("pay-1", State::kApproved), IsOk());
  EXPECT_FALSE(world_.Get("pay-1")->conflict());
  EXPECT_THAT(refund(), IsOk());
}

TEST(ReconcilerLookWaitTest, IsAFifthOfTheShortestWaitWithinItsBounds) {
  const auto with = [](ReconcileSettings settings) {
    auto route = std::make_shared<Route>(*ParseRoute(kH2hRouteDocument).route);
    route->reconcile = settings;
    RouteInForce in_force;
    in_force.route = std::move(route);
    return in_force;
  };
  EXPECT_EQ(LookWait({}), kLongestLookWait);
  EXPECT_EQ(LookWait({with({})}), kLongestLookWait);
  ReconcileSettings quick;
  quick.in_doubt_after = absl::Seconds(2);
  EXPECT_EQ(LookWait({with({}), with(quick)}), absl::Milliseconds(400));
  quick.max_interval = absl::Seconds(1);
  EXPECT_EQ(LookWait({with(quick)}), absl::Milliseconds(200));
  quick.not_found_interval = absl::Milliseconds(10);
  EXPECT_EQ(LookWait({with(quick)}), kShortestLookWait);
}

}  // namespace
}  // namespace cardvault

// Promise 5 of a ledger that was restored while routes, merchants and callers are not what they
// were: whatever the upstreams have is sent by nobody again, and no answer counts for more than it
// says.

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/synchronization/notification.h"
#include "audit/action.h"
#include "base/error_reason.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "forwarder/ledger/payment_state.h"
#include "forwarder/payments.h"
#include "forwarder/testing/fake_outbound.h"
#include "forwarder/testing/payment_world.h"
#include "forwarder/testing/route_documents.h"
#include "forwarder/upstream_look_up.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/table.h"

namespace cardvault {
namespace {

using State = PaymentState;

constexpr char kOtherAccount[] = "Merchant-B";

AuditOrigin Operator() { return {"spiffe://test/operator/one", "operator", "192.0.2.1:4711"}; }

class PaymentsRestoredTest : public ::testing::Test {
 protected:
  PaymentsRestoredTest() {
    Apply(kAskableH2hRouteDocument);
    world_.outbound.AnswerWith([this](const OutboundRequest& request) { return Answer(request); });
  }

  void Apply(const std::string& document) {
    const auto applied = world_.routes->Apply(document, false, Operator());
    ASSERT_THAT(applied, IsOk());
    ASSERT_TRUE(applied->mistakes.empty());
  }

  void SetSecret(const std::string& route) {
    ASSERT_THAT(world_.routes->SetCredential(*RouteName::Parse(route, "route"), "merchant_secret",
                                             SecretBytes::CopyOf("MerchantSecretKey"), Operator()),
                IsOk());
  }

  // A second route of the merchant, at another account.
  void AddOtherRoute() {
    Apply(absl::StrReplaceAll(
        kPraxisRouteDocument,
        {{"cards-praxis", "cards-other"}, {"Test-Integration-Merchant", kOtherAccount}}));
    SetSecret("cards-other");
  }

  void Disable(const std::string& route) {
    ASSERT_THAT(world_.routes->SetDisabled(*RouteName::Parse(route, "route"), true, Operator()),
                IsOk());
  }

  // Gateways that keep every order that came, by account and order id.
  OutboundAnswer Answer(const OutboundRequest& request) {
    const PlanObject& body = request.plan.body;
    if (BodyText(body, "order_id").empty()) {  // H2H
      const std::string order = BodyText(body, "merchant_payment_id");
      if (request.card.has_value()) booked_.insert({"h2h", order});
      if (booked_.count({"h2h", order}) == 0) {
        return FakeOutbound::Answered({{"error_code", "no_payment"}});
      }
      return FakeOutbound::Answered({{"request_status", "success"},
                                     {"payment_status", "success"},
                                     {"status", "success"},
                                     {"merchant_payment_id", order}});
    }
    const std::pair<std::string, std::string> order = {BodyText(body, "merchant_id"),
                                                       BodyText(body, "order_id")};
    if (request.card.has_value()) {
      if (on_charge_ != nullptr) return on_charge_();
      ++charged_;
      booked_.insert(order);
    } else {
      ++asked_;
      if (on_question_ != nullptr) std::exchange(on_question_, nullptr)();
    }
    if (booked_.count(order) == 0) {
      return FakeOutbound::Answered({{"status", "8"}, {"description", "order_id: not found"}});
    }
    std::vector<std::pair<std::string, std::string>> fields = {
        {"status", "0"}, {"transaction_status", "approved"}, {"trace_id", "8"}};
    if (!amount_.empty()) fields.emplace_back("amount", amount_);
    return FakeOutbound::Answered(std::move(fields));
  }

  absl::StatusOr<storage::v1::PaymentRecord> Pay(const std::string& id,
                                                 const std::string& route = "cards-praxis") {
    world_.DepositCvv(token_);
    return world_.PayIn(world_.Input(token_, id, route));
  }

  void Backup() {
    rows_.clear();
    for (int i = 0; i < kTableCount; ++i) {
      const auto table = static_cast<Table>(i);
      for (const KeyedRow& row : world_.Rows(table)) rows_.emplace_back(table, row);
    }
  }

  // The backup, in a process that looks up; admitted so long ago that a "not found" counts.
  void Restore(absl::Duration ago = absl::Hours(1)) {
    for (int i = 0; i < kTableCount; ++i) {
      const auto table = static_cast<Table>(i);
      for (const KeyedRow& row : world_.Rows(table)) world_.store.Remove(table, row.key);
    }
    for (const auto& [table, row] : rows_) {
      world_.store.Plant(table, row.key, row.row.value, row.row.revision);
    }
    world_.Restart();
    world_.payments->LookUpUnknown(world_.clock.Now() - ago, world_.clock.Now() + absl::Hours(1));
  }

  PaymentWorld world_;
  const Token token_ = world_.AddCard();
  std::vector<std::pair<Table, KeyedRow>> rows_;
  std::set<std::pair<std::string, std::string>> booked_;
  int charged_ = 0;  // by Praxis accounts
  int asked_ = 0;
  std::string amount_;                         // that Praxis accounts name; "": none
  std::function<void()> on_question_;          // during the next one
  std::function<OutboundAnswer()> on_charge_;  // instead of booking
};

const auto kUnknown = StatusIs(absl::StatusCode::kUnavailable, ErrorReason::kLookUpFailed);
const auto kReused = StatusIs(absl::StatusCode::kAlreadyExists, ErrorReason::kPaymentIdReused);

// The route had one owner in the backup and two when the payment was sent: its order id is another.
TEST_F(PaymentsRestoredTest, AnOrderIdOfOtherOwnersIsFound) {
  Backup();
  Apply(absl::StrReplaceAll(kPraxisRouteDocument, {{"[shop]", "[shop, other]"}}));
  const auto sent = Pay("pay-1");
  ASSERT_THAT(sent, IsOk());
  Restore();
  const auto again = Pay("pay-1");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(static_cast<State>(again->state()), State::kApproved);
  EXPECT_EQ(again->upstream_reference(), sent->upstream_reference());
  EXPECT_NE(again->upstream_reference(), "pay-1");
  EXPECT_EQ(charged_, 1);
  EXPECT_THAT(Pay("pay-1"), IsOk());
  EXPECT_EQ(charged_, 1);
}

// And the other way round: an account whose order ids were the merchant's payment_ids.
TEST_F(PaymentsRestoredTest, AnOrderIdOfOneOwnerIsFound) {
  ASSERT_THAT(Pay("pay-1"), IsOk());
  rows_.clear();
  Apply(absl::StrReplaceAll(kPraxisRouteDocument, {{"[shop]", "[shop, other]"}}));
  Backup();
  // What knows of the payment is forgotten.
  std::erase_if(rows_, [](const auto& row) { return row.first == Table::kPayments; });
  Restore();
  const auto again = Pay("pay-1");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->upstream_reference(), "pay-1");
  EXPECT_EQ(charged_, 1);
}

// Whose order "pay-1" is could not be told: nobody is told of it, and the payment goes out.
TEST_F(PaymentsRestoredTest, AnotherMerchantsPaymentIdIsNotLookedUp) {
  const std::string document =
      absl::StrReplaceAll(kPraxisRouteDocument, {{"cards-praxis", "cards-other"},
                                                 {"Test-Integration-Merchant", kOtherAccount},
                                                 {"[shop]", "[other]"}});
  Apply(document);
  SetSecret("cards-other");
  Apply(absl::StrReplaceAll(document, {{"[other]", "[other, shop]"}}));
  booked_.insert({kOtherAccount, "pay-1"});
  Backup();
  Restore();
  const auto payment = Pay("pay-1", "cards-other");
  ASSERT_THAT(payment, IsOk());
  EXPECT_NE(payment->upstream_reference(), "pay-1");
  EXPECT_EQ(charged_, 1);
}

TEST_F(PaymentsRestoredTest, WhatWentOverAnotherRouteOfTheMerchantIsNotSent) {
  AddOtherRoute();
  Backup();
  ASSERT_THAT(Pay("pay-1"), IsOk());
  EXPECT_THAT(Pay("pay-1", "cards-other"), kReused);  // as with a whole ledger
  Restore();
  EXPECT_THAT(Pay("pay-1", "cards-other"), kReused);
  EXPECT_THAT(Pay("pay-1", "cards-h2h"), kReused);
  EXPECT_EQ(world_.Rows(Table::kPayments).size(), 0u);
  EXPECT_EQ(charged_, 1);
  // The call over its own route enters it.
  EXPECT_THAT(Pay("pay-1"), IsOk());
  EXPECT_EQ(world_.CountEntries(AuditAction::kPaymentFoundUpstream), 1);
  EXPECT_EQ(charged_, 1);
}

TEST_F(PaymentsRestoredTest, RoutesThatAreDisabledAreAskedToo) {
  AddOtherRoute();
  Backup();
  ASSERT_THAT(Pay("pay-1", "cards-other"), IsOk());
  Restore();
  Disable("cards-other");
  EXPECT_THAT(Pay("pay-1"), kReused);
  EXPECT_EQ(charged_, 1);
}

TEST_F(PaymentsRestoredTest, AnAccountIsAskedOnceUnderEachOrderId) {
  Apply(absl::StrReplaceAll(kPraxisRouteDocument, {{"cards-praxis", "cards-twin"}}));
  Backup();
  Restore();
  ASSERT_THAT(Pay("pay-1"), IsOk());
  EXPECT_EQ(asked_, 2);
  EXPECT_EQ(charged_, 1);
}

// Every upstream has to say it.
TEST_F(PaymentsRestoredTest, ARouteThatCannotSayNotFoundKeepsNewPaymentsBack) {
  EXPECT_TRUE(world_.payments->UnaskableRoutes().empty());
  for (const std::string& document :
       {std::string(kH2hRouteDocument),
        absl::StrReplaceAll(kAskableH2hRouteDocument, {{"not_found_after: 60s", ""}})}) {
    Apply(document);
    EXPECT_TRUE(world_.payments->UnaskableRoutes().empty());  // nothing is looked up yet
    Backup();
    Restore();
    const std::vector<Payments::UnaskableRoute> unaskable = world_.payments->UnaskableRoutes();
    ASSERT_EQ(unaskable.size(), 1u);
    EXPECT_EQ(unaskable[0].name.value(), "cards-h2h");
    EXPECT_THAT(Pay("pay-1"), kUnknown);
    EXPECT_THAT(Pay("pay-1", "cards-h2h"), kUnknown);
    EXPECT_EQ(charged_, 0);
    world_.payments->LookUpUnknown(absl::InfinitePast(), absl::InfinitePast());
  }
  EXPECT_THAT(Pay("pay-1"), IsOk());  // the operators' word
}

TEST_F(PaymentsRestoredTest, ARouteWithoutACredentialKeepsNewPaymentsBack) {
  Apply(absl::StrReplaceAll(kPraxisRouteDocument, {{"cards-praxis", "cards-other"},
                                                   {"Test-Integration-Merchant", kOtherAccount}}));
  Backup();
  Restore();
  ASSERT_EQ(world_.payments->UnaskableRoutes().size(), 1u);
  EXPECT_EQ(world_.payments->UnaskableRoutes()[0].name.value(), "cards-other");
  EXPECT_THAT(Pay("pay-1"), kUnknown);
  SetSecret("cards-other");
  EXPECT_TRUE(world_.payments->UnaskableRoutes().empty());
  EXPECT_THAT(Pay("pay-1"), IsOk());
}

// Sent a moment before the restore: the upstream may take it yet, as the reconciler knows.
TEST_F(PaymentsRestoredTest, NotFoundIsBelievedNoEarlierThanTheReconcilerWould) {
  Backup();
  Restore(absl::ZeroDuration());
  const Route& route = *world_.routes->InForce(*RouteName::Parse("cards-praxis", "route"))->route;
  const absl::Duration wait = route.transport.total_timeout + *route.reconcile.not_found_after;
  EXPECT_GT(wait, absl::Minutes(2));
  EXPECT_THAT(Pay("pay-1"), kUnknown);
  world_.clock.Advance(wait - absl::Seconds(1));
  EXPECT_THAT(Pay("pay-1"), kUnknown);
  EXPECT_EQ(charged_, 0);
  // What is found is found at once.
  booked_.insert({"Test-Integration-Merchant", "pay-2"});
  EXPECT_THAT(Pay("pay-2"), IsOk());
  EXPECT_EQ(charged_, 0);
  world_.clock.Advance(absl::Seconds(1));
  EXPECT_THAT(Pay("pay-1"), IsOk());
  EXPECT_EQ(charged_, 1);
}

TEST_F(PaymentsRestoredTest, ARouteThatIsDisabledDuringTheQuestionSendsNothing) {
  Backup();
  Restore();
  on_question_ = [&] { Disable("cards-praxis"); };
  EXPECT_THAT(Pay("pay-1"),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kRouteUnknown));
  EXPECT_EQ(charged_, 0);
}

TEST_F(PaymentsRestoredTest, ACardThatIsDisabledDuringTheQuestionIsNotCharged) {
  Backup();
  Restore();
  on_question_ = [&] { world_.ChangeCard(token_, storage::v1::CardRecord::STATE_DISABLED); };
  EXPECT_THAT(Pay("pay-1"),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kTokenDisabled));
  EXPECT_EQ(charged_, 0);
}

// Also one that the ledger has: its intent seals nothing that would refuse it.
TEST_F(PaymentsRestoredTest, AVaultThatIsSealedDuringTheQuestionSendsNothing) {
  on_charge_ = [] {
    return FakeOutbound::NotSent(Unavailable(ErrorReason::kUnspecified, "refused"));
  };
  ASSERT_THAT(Pay("pay-1"), IsOk());
  on_charge_ = nullptr;
  Backup();
  Restore();
  on_question_ = [&] { world_.keyring.Seal(); };
  EXPECT_FALSE(Pay("pay-1").ok());
  EXPECT_EQ(charged_, 0);
}

// What one account said does not speak for another.
TEST_F(PaymentsRestoredTest, AnAnswerCountsForTheAccountThatWasAskedAlone) {
  Backup();
  Restore();
  on_question_ = [&] {
    Apply(
        absl::StrReplaceAll(kPraxisRouteDocument, {{"Test-Integration-Merchant", kOtherAccount}}));
    SetSecret("cards-praxis");
  };
  booked_.insert({kOtherAccount, "pay-1"});
  EXPECT_THAT(Pay("pay-1"), kUnknown);
  EXPECT_EQ(charged_, 0);
  EXPECT_THAT(Pay("pay-1"), IsOk());  // found
  EXPECT_EQ(charged_, 0);
}

// Whoever repeats a payment with a token of his own is not the one who made it.
TEST_F(PaymentsRestoredTest, WhatWasFoundIsRefundedToNoCard) {
  const auto refund = [&](const std::string& id) {
    return world_.Refund(world_.RefundInput("pay-1", id, 1500)).status();
  };
  Backup();
  ASSERT_THAT(Pay("pay-1"), IsOk());
  Restore();
  const auto found = Pay("pay-1");
  ASSERT_THAT(found, IsOk());
  EXPECT_TRUE(found->found_upstream());
  EXPECT_TRUE(found->of_unknown_amount());
  EXPECT_EQ(found->amount(), 1500);  // the caller's word
  EXPECT_EQ(world_.payments->RefundableWith(token_, 10)->count, 0);
  EXPECT_THAT(refund("refund-1"),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kNotRefundable));
  // Nor once the amount is known.
  amount_ = "1500";
  absl::Notification refreshed;
  world_.payments->Refresh({*MerchantId::Parse("shop", "merchant"), {}},
                           *PaymentId::Parse("pay-1", "payment_id"),
                           [&](auto) { refreshed.Notify(); });
  refreshed.WaitForNotification();
  EXPECT_FALSE(world_.Get("pay-1")->of_unknown_amount());
  EXPECT_THAT(refund("refund-1"),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kCardChanged));
  EXPECT_EQ(charged_, 1);
}

TEST_F(PaymentsRestoredTest, WhatIsSentDuringLookUpsIsOfItsCard) {
  Backup();
  Restore();
  const auto sent = Pay("pay-1");
  ASSERT_THAT(sent, IsOk());
  EXPECT_FALSE(sent->found_upstream());
  EXPECT_FALSE(sent->of_unknown_amount());
  EXPECT_THAT(world_.Refund(world_.RefundInput("pay-1", "refund-1", 1500)), IsOk());
}

TEST_F(PaymentsRestoredTest, AnotherAmountIsAConflict) {
  Backup();
  ASSERT_THAT(Pay("pay-1"), IsOk());
  Restore();
  amount_ = "900";
  const auto found = Pay("pay-1");
  ASSERT_THAT(found, IsOk());
  EXPECT_TRUE(found->conflict());
  EXPECT_TRUE(found->of_unknown_amount());
  EXPECT_EQ(charged_, 1);
}

TEST_F(PaymentsRestoredTest, OneMerchantAsksAnAccountOnlySoMuchAtOnce) {
  Backup();
  Restore();
  world_.outbound.Hold();
  std::vector<absl::StatusOr<storage::v1::PaymentRecord>> results(kMaxLookUpsPerMerchant);
  std::vector<absl::Notification> done(kMaxLookUpsPerMerchant);
  for (int i = 0; i < kMaxLookUpsPerMerchant; ++i) {
    world_.payments->Pay(world_.Input(token_, "pay-" + std::to_string(i), "cards-h2h"),
                         [&, i](absl::StatusOr<storage::v1::PaymentRecord> record) {
                           results[i] = std::move(record);
                           done[i].Notify();
                         });
  }
  world_.outbound.WaitForHeld(kMaxLookUpsPerMerchant);
  EXPECT_THAT(world_.PayIn(world_.Input(token_, "pay-x", "cards-h2h")),
              StatusIs(absl::StatusCode::kResourceExhausted, ErrorReason::kLimit));
  world_.outbound.Release();
  for (absl::Notification& one : done) one.WaitForNotification();
  for (const auto& result : results) EXPECT_THAT(result, IsOk());
  EXPECT_THAT(world_.PayIn(world_.Input(token_, "pay-x", "cards-h2h")), IsOk());
}

}  // namespace
}  // namespace cardvault

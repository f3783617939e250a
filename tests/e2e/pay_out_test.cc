// PayOut through a real server to the sandbox gateways: the outcomes of pay-ins, for money that
// leaves.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "card/test_pans.h"
#include "tests/testing/payment_stage.h"
#include "tests/testing/sandbox_outbox.h"

namespace cardvault::testing {
namespace {

constexpr int kSlowMillis = 6000;

class PayOutTest : public ::testing::TestWithParam<const char*> {
 protected:
  static void SetUpTestSuite() {
    stage_ = new PaymentStage(kSlowMillis);
    stage_->AddH2hRoute("h2h", kImpatient);
    stage_->AddPraxisRoute("praxis", kImpatient);
    stage_->AddH2hRoute("h2h-asked", kAskedSoon);
    stage_->AddPraxisRoute("praxis-asked", kAskedSoon);
  }
  static void TearDownTestSuite() { delete stage_; }

  static int Port() { return stage_->Port(GetParam()); }

  // Pays out under "<route>-<name>" with a card that has no code.
  static v1::Payment PayFresh(const std::string& name, int64_t amount,
                              const std::string& route = GetParam()) {
    const std::string id = route + "-" + name;
    return stage_->Pay(PayOutOf(route, id, stage_->Token(id, ""), amount));
  }

  static int Posts(const v1::Payment& payment) {
    return stage_->sandbox().Order(Port(), payment.upstream_reference()).posts;
  }

  static PaymentStage* stage_;
};

PaymentStage* PayOutTest::stage_ = nullptr;

TEST_P(PayOutTest, ApprovedPayOutIsApprovedWithoutACvv) {
  const v1::Payment payment = PayFresh("approved", 1500);
  EXPECT_EQ(StateName(payment), "APPROVED");
  EXPECT_EQ(payment.kind(), v1::PAYMENT_KIND_PAY_OUT);
  EXPECT_GE(payment.upstream_ids_size(), 1);
  EXPECT_EQ(Posts(payment), 1);
  EXPECT_EQ(stage_->Get(payment.payment_id()).SerializeAsString(), payment.SerializeAsString());
}

TEST_P(PayOutTest, DeclinedPayOutIsDeclinedWhenAskedAgain) {
  const v1::Payment payment = PayFresh("declined", 70001);
  ASSERT_EQ(StateName(payment), "PENDING");
  SandboxOutbox(stage_->sandbox(), Port())
      .Settle(payment.upstream_reference(),
              std::string(GetParam()) == "h2h" ? "decline" : "declined");
  EXPECT_EQ(StateName(stage_->Get(payment.payment_id())), "PENDING");
  EXPECT_EQ(StateName(stage_->Get(payment.payment_id(), /*refresh=*/true)), "DECLINED");
}

TEST_P(PayOutTest, OutcomesThatAreNotKnownAreInDoubtAndPostedOnce) {
  struct Case {
    const char* name;
    int64_t amount;
  };
  const std::vector<Case> cases = {{"slow", 70003},       {"close", 70004},      {"reset", 70005},
                                   {"unproved", 70006},   {"lying", 70008},      {"cut", 70009},
                                   {"big", 70010},        {"redirected", 70011}, {"html", 70012},
                                   {"error-word", 70013}, {"lost", 70014},       {"late", 70017}};
  // A kept connection that already carried a payment, for what closes and resets.
  ASSERT_EQ(StateName(PayFresh("warm", 1500)), "APPROVED");
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const v1::Payment payment = PayFresh(c.name, c.amount);
    EXPECT_EQ(StateName(payment), "IN_DOUBT");
    EXPECT_EQ(Posts(payment), 1);
    const v1::Payment again =
        stage_->Pay(PayOutOf(GetParam(), payment.payment_id(), payment.token(), c.amount));
    EXPECT_NE(StateName(again), "NOT_SENT");
    EXPECT_EQ(Posts(payment), 1);
  }
  EXPECT_EQ(stage_->sandbox().Total(Port()).double_posts, 0);
  EXPECT_NE(stage_->sandbox().Get(Port(), "/sandbox/stats").find("\"redirects_followed\":0"),
            std::string::npos);
}

TEST_P(PayOutTest, WordsOfWaitingArePending) {
  EXPECT_EQ(StateName(PayFresh("pending", 70001)), "PENDING");
  EXPECT_EQ(StateName(PayFresh("retry", 70002)), "PENDING");
  EXPECT_EQ(StateName(PayFresh("unknown-word", 70015)), "PENDING");
}

TEST_P(PayOutTest, AnAnswerThatEchoesTheCardComesBackWithoutIt) {
  const v1::Payment payment = PayFresh("echo", 70007);
  EXPECT_EQ(StateName(payment), "APPROVED");
  const std::string all = payment.SerializeAsString();
  EXPECT_EQ(all.find(std::string(kVisaTestPan)), std::string::npos);
  EXPECT_EQ(all.find(std::string(kVisaTestPan.substr(6, 6))), std::string::npos);
}

TEST_P(PayOutTest, WhatWasInDoubtIsFoundOut) {
  const std::string route = std::string(GetParam()) + "-asked";
  for (const int64_t amount : {70004, 70005, 70017, 70018, 70019}) {
    SCOPED_TRACE(amount);
    const v1::Payment payment = PayFresh(std::to_string(amount), amount, route);
    EXPECT_EQ(StateName(stage_->AwaitState(payment.payment_id(), v1::PAYMENT_STATE_APPROVED)),
              "APPROVED");
    EXPECT_EQ(Posts(payment), 1);
  }
}

// Money may have left all the same: no word "error" ends a pay-out, a person does.
TEST_P(PayOutTest, AnErrorOfAPayOutWaitsForAPerson) {
  const std::string route = std::string(GetParam()) + "-asked";
  v1::Payment payment = PayFresh("error", 70013, route);
  while (!payment.needs_review()) payment = stage_->Get(payment.payment_id());
  EXPECT_EQ(StateName(payment), "IN_DOUBT");
}

TEST_P(PayOutTest, AnIdOfAnotherKindOfPaymentIsReused) {
  const std::string id = std::string(GetParam()) + "-kinds";
  const std::string token = stage_->Token(id);
  ASSERT_EQ(StateName(stage_->Pay(PayInOf(GetParam(), id, token, 1500))), "APPROVED");
  const PaymentAnswer refused = stage_->Try(PayOutOf(GetParam(), id, token, 1500));
  EXPECT_EQ(refused.code, grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(refused.reason, "PAYMENT_ID_REUSED");
  EXPECT_EQ(stage_->sandbox().Order(Port(), id).posts, 1);
}

INSTANTIATE_TEST_SUITE_P(Connectors, PayOutTest, ::testing::Values("h2h", "praxis"),
                         [](const auto& info) { return std::string(info.param); });

TEST(PayOutOfferTest, AnH2hRouteWithoutACascadeForThemTakesNone) {
  PaymentStage stage;
  const std::string cascade = ", payout: sandbox-payout";
  std::string document =
      stage.sandbox().H2hRoute("in-only", kMerchant, stage.vault().directory().File("ca.pem"));
  document.erase(document.find(cascade), cascade.size());
  stage.vault().ApplyRoute(document, "in-only", "api_secret", kH2hSecret);
  const PaymentAnswer refused =
      stage.Try(PayOutOf("in-only", "out-1", stage.Token("out-1", ""), 1500));
  EXPECT_EQ(refused.code, grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(refused.reason, "NOT_OFFERED");
  EXPECT_EQ(stage.sandbox().Total(stage.Port("h2h")).posts, 0);
}

}  // namespace
}  // namespace cardvault::testing

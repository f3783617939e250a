#include "forwarder/h2h/h2h_status.h"

#include <string>
#include <utility>
#include <vector>

#include "forwarder/testing/fake_outbound.h"
#include "forwarder/testing/test_orders.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using Kind = StatusReport::Kind;
using State = PaymentState;
using Fields = std::vector<std::pair<std::string, std::string>>;

SentPayment Sent(PaymentKind kind = PaymentKind::kPayIn, State state = State::kInDoubt) {
  SentPayment sent{"order-1", "USD", 1500, 2, 2};
  sent.kind = kind;
  sent.state = state;
  return sent;
}

H2hSettings Settings() {
  H2hSettings settings;
  settings.status_path = "/api/payment/status";
  settings.not_found_code = "payment_not_found";
  return settings;
}

StatusReport Read(const std::string& word, const SentPayment& sent) {
  return ReadH2hStatus(
      FakeOutbound::Answered({{"merchant_payment_id", "order-1"}, {"status", word}}), sent,
      Settings());
}

TEST(H2hStatusTest, PlanAsksByOurOwnId) {
  const RequestPlan plan = PlanH2hStatus(Sent(), Settings());
  EXPECT_EQ(plan.path, "/api/payment/status");
  EXPECT_THAT(BodyLines(plan.body), ElementsAre("merchant_payment_id=\"order-1\""));
}

TEST(H2hStatusTest, ReadsStatusAndSettledAmount) {
  const StatusReport report =
      ReadH2hStatus(FakeOutbound::Answered({{"merchant_payment_id", "order-1"},
                                            {"payment_id", "gateway-1"},
                                            {"status", "success"},
                                            {"processing_info.amount_acquired", "1400"}}),
                    Sent(), Settings());
  EXPECT_EQ(report.kind, Kind::kFound);
  EXPECT_EQ(report.outcome.state, State::kApproved);
  EXPECT_EQ(report.outcome.settled_amount, 1400);
  EXPECT_FALSE(report.outcome.needs_review);
  EXPECT_TRUE(ReadH2hStatus(FakeOutbound::Answered({{"merchant_payment_id", "order-1"},
                                                    {"status", "success"},
                                                    {"processing_info.amount_acquired", "1501"}}),
                            Sent(), Settings())
                  .outcome.needs_review);
  ASSERT_EQ(report.outcome.upstream_ids.size(), 1u);
  EXPECT_EQ(Read("processing", Sent()).outcome.state, State::kPending);
  EXPECT_EQ(Read("on hold", Sent()).outcome.state, State::kPending);
}

TEST(H2hStatusTest, AnotherPaymentsAnswerIsAConflict) {
  for (const auto& other :
       Fields{{"merchant_payment_id", "order-2"}, {"amount", "1501"}, {"currency", "EUR"}}) {
    const StatusReport report =
        ReadH2hStatus(FakeOutbound::Answered({{"status", "success"}, other}), Sent(), Settings());
    EXPECT_TRUE(report.outcome.conflict) << other.first;
    EXPECT_EQ(report.outcome.state, State::kInDoubt);
  }
}

TEST(H2hStatusTest, DeclineEndsADoubtfulPayInAndNoPayOut) {
  EXPECT_EQ(Read("decline", Sent()).outcome.state, State::kDeclined);
  const PaymentOutcome pay_out = Read("decline", Sent(PaymentKind::kPayOut)).outcome;
  EXPECT_EQ(pay_out.state, State::kInDoubt);
  EXPECT_TRUE(pay_out.needs_review);
  // A pay-out that was under way all along is declined by the word alone.
  EXPECT_EQ(Read("decline", Sent(PaymentKind::kPayOut, State::kPending)).outcome.state,
            State::kDeclined);
}

TEST(H2hStatusTest, ErrorEndsAPayInOnlyWhenItRepeatsAnEarlierWord) {
  for (const State state : {State::kPending, State::kRedirectRequired, State::kInDoubt}) {
    SentPayment sent = Sent(PaymentKind::kPayIn, state);
    for (const char* earlier : {"", "processing"}) {
      sent.raw_status = earlier;
      const PaymentOutcome first = Read("error", sent).outcome;
      EXPECT_EQ(first.state, State::kInDoubt);
      EXPECT_EQ(first.raw_status, "error");  // kept, so that the next can repeat it
      EXPECT_FALSE(first.needs_review);
    }
    sent.raw_status = "error";
    EXPECT_EQ(Read("error", sent).outcome.state, State::kDeclined);
    // By the gateway's id alone it is no end.
    sent.upstream_ids = {{"payment_id", "gateway-1"}};
    const StatusReport without_our_id =
        ReadH2hStatus(FakeOutbound::Answered({{"payment_id", "gateway-1"}, {"status", "error"}}),
                      sent, Settings());
    EXPECT_EQ(without_our_id.outcome.state, State::kInDoubt);
  }
  SentPayment pay_out = Sent(PaymentKind::kPayOut);
  pay_out.raw_status = "error";
  EXPECT_EQ(Read("error", pay_out).outcome.state, State::kInDoubt);
  EXPECT_TRUE(Read("error", pay_out).outcome.needs_review);
}

TEST(H2hStatusTest, ACallThatWentWrongSaysNothingOfThePayment) {
  SentPayment sent = Sent();
  sent.raw_status = "error";
  for (const char* request_status : {"error", "decline", ""}) {
    for (const char* word : {"error", "decline", "success", "processing"}) {
      const StatusReport report =
          ReadH2hStatus(FakeOutbound::Answered({{"request_status", request_status},
                                                {"merchant_payment_id", "order-1"},
                                                {"status", word},
                                                {"error_code", "rate_limited"}}),
                        sent, Settings());
      EXPECT_EQ(report.kind, Kind::kUseless) << request_status << " " << word;
    }
  }
}

TEST(H2hStatusTest, AnAnswerThatNamesNoPaymentSaysNothing) {
  const auto read = [](const Fields& fields, const SentPayment& sent) {
    return ReadH2hStatus(FakeOutbound::Answered(fields), sent, Settings());
  };
  for (const char* word : {"success", "decline", "error", "processing"}) {
    EXPECT_EQ(read({{"request_status", "success"}, {"status", word}}, Sent()).kind, Kind::kUseless);
    EXPECT_EQ(read({{"payment_id", "gateway-1"}, {"status", word}}, Sent()).kind, Kind::kUseless);
  }
  SentPayment known = Sent();
  known.upstream_ids = {{"payment_id", "gateway-1"}};
  EXPECT_EQ(read({{"payment_id", "gateway-2"}, {"status", "success"}}, known).kind, Kind::kUseless);
  EXPECT_EQ(read({{"payment_id", "gateway-1"}, {"status", "success"}}, known).outcome.state,
            State::kApproved);
}

TEST(H2hStatusTest, NotFoundIsTheCodeThatTheRouteNames) {
  const OutboundAnswer answer =
      FakeOutbound::Answered({{"request_status", "error"}, {"error_code", "payment_not_found"}});
  EXPECT_EQ(ReadH2hStatus(answer, Sent(), Settings()).kind, Kind::kNotFound);
  H2hSettings unnamed = Settings();
  unnamed.not_found_code = "";
  EXPECT_EQ(ReadH2hStatus(answer, Sent(), unnamed).kind, Kind::kUseless);
  for (const Fields& other :
       {Fields{{"request_status", "error"}, {"error_code", "unauthorized"}},
        Fields{{"merchant_payment_id", "order-2"}, {"error_code", "payment_not_found"}},
        Fields{{"status", "error"}, {"error_code", "payment_not_found"}}}) {
    EXPECT_NE(ReadH2hStatus(FakeOutbound::Answered(other), Sent(), Settings()).kind,
              Kind::kNotFound);
  }
}

}  // namespace
}  // namespace cardvault

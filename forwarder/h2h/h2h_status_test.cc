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

TEST(H2hStatusTest, ErrorAndDeclineOfADoubtEndAPayInAndNoPayOut) {
  for (const char* word : {"decline", "error"}) {
    EXPECT_EQ(Read(word, Sent()).outcome.state, State::kDeclined) << word;
    const PaymentOutcome pay_out = Read(word, Sent(PaymentKind::kPayOut)).outcome;
    EXPECT_EQ(pay_out.state, State::kInDoubt) << word;
    EXPECT_TRUE(pay_out.needs_review) << word;
  }
  // A pay-out that was under way all along is declined by the word alone.
  EXPECT_EQ(Read("decline", Sent(PaymentKind::kPayOut, State::kPending)).outcome.state,
            State::kDeclined);
}

TEST(H2hStatusTest, NotFoundIsTheCodeThatTheRouteNames) {
  const OutboundAnswer answer =
      FakeOutbound::Answered({{"request_status", "error"}, {"error_code", "payment_not_found"}});
  EXPECT_EQ(ReadH2hStatus(answer, Sent(), Settings()).kind, Kind::kNotFound);
  H2hSettings unnamed = Settings();
  unnamed.not_found_code = "";
  EXPECT_EQ(ReadH2hStatus(answer, Sent(), unnamed).kind, Kind::kUseless);
  EXPECT_EQ(ReadH2hStatus(FakeOutbound::Answered(
                              {{"request_status", "error"}, {"error_code", "unauthorized"}}),
                          Sent(), Settings())
                .kind,
            Kind::kUseless);
}

}  // namespace
}  // namespace cardvault

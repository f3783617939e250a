#include "forwarder/praxis/praxis_status.h"

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

SentPayment Sent(PaymentKind kind = PaymentKind::kPayIn) {
  SentPayment sent{"order-1", "USD", 1500, 2, 2};
  sent.kind = kind;
  return sent;
}

PraxisSettings Settings() {
  PraxisSettings settings;
  settings.merchant_id = "merchant";
  settings.frontend = "front";
  settings.version = "1.1";
  settings.find_order_path = "/api/find-order";
  settings.find_transaction_path = "/api/find-transaction";
  return settings;
}

StatusReport ReadStatus(const OutboundAnswer& answer, const SentPayment& sent,
                        const std::string& not_found_description = "") {
  return ReadPraxisStatusAnswer(answer, kPraxis11Members, sent, not_found_description);
}

TEST(PraxisStatusTest, PlansFindOrderThenFindTransactionOfTheNewestTrace) {
  SentPayment sent = Sent();
  EXPECT_EQ(PlanPraxisStatus(sent, Settings()).size(), 1u);
  sent.upstream_ids = {{"trace_id", "1"}, {"transaction_id", "t"}, {"trace_id", "2"}};
  const std::vector<RequestPlan> plans = PlanPraxisStatus(sent, Settings());
  ASSERT_EQ(plans.size(), 2u);
  EXPECT_EQ(plans[0].path, "/api/find-order");
  EXPECT_THAT(BodyLines(plans[0].body),
              ElementsAre("order_id=\"order-1\"", "frontend=\"front\"", "merchant_id=\"merchant\"",
                          "version=\"1.1\"", "timestamp=<seconds>"));
  EXPECT_EQ(plans[1].path, "/api/find-transaction");
  EXPECT_THAT(BodyLines(plans[1].body),
              ElementsAre("trace_id=\"2\"", "frontend=\"front\"", "merchant_id=\"merchant\"",
                          "version=\"1.1\"", "timestamp=<seconds>"));
}

TEST(PraxisStatusTest, ReadsTheOutcome) {
  const StatusReport report = ReadStatus(FakeOutbound::Answered({{"order_id", "order-1"},
                                                                 {"amount", "1500"},
                                                                 {"currency", "USD"},
                                                                 {"transaction_status", "approved"},
                                                                 {"trace_id", "7"},
                                                                 {"charge_amount", "1400"}}),
                                         Sent());
  EXPECT_EQ(report.kind, Kind::kFound);
  EXPECT_EQ(report.outcome.state, State::kApproved);
  EXPECT_EQ(report.outcome.settled_amount, 1400);
}

TEST(PraxisStatusTest, AnotherOrdersAnswerIsAConflict) {
  const StatusReport report = ReadStatus(
      FakeOutbound::Answered({{"order_id", "order-2"}, {"transaction_status", "approved"}}),
      Sent());
  EXPECT_EQ(report.kind, Kind::kFound);
  EXPECT_TRUE(report.outcome.conflict);
}

TEST(PraxisStatusTest, OnlyAVerifiedSentenceSaysNotFound) {
  const Fields not_found = {{"status", "8"}, {"description", "order_id: not found"}};
  EXPECT_EQ(ReadStatus(FakeOutbound::Answered(not_found), Sent()).kind, Kind::kNotFound);
  OutboundAnswer forged = FakeOutbound::Answered(not_found);
  forged.verified = false;
  EXPECT_EQ(ReadStatus(forged, Sent()).kind, Kind::kUseless);
  for (const Fields& other :
       {Fields{{"status", "5"}, {"description", "timestamp: too old"}},
        Fields{{"status", "0"}, {"description", "order_id: not found"}},
        Fields{{"status", "-1"}, {"description", "server error"}}, Fields{}}) {
    EXPECT_EQ(ReadStatus(FakeOutbound::Answered(other), Sent()).kind, Kind::kUseless);
  }
}

TEST(PraxisStatusTest, NotFoundIsSaidOfTheOrderOrTheTransactionAlone) {
  const auto read = [](const std::string& description) {
    return ReadStatus(FakeOutbound::Answered({{"status", "3"}, {"description", description}}),
                      Sent())
        .kind;
  };
  for (const char* sentence :
       {"Order not found", "order_id: not found", "Order ID was not found.",
        "Transaction does not exist", "trace_id not found!", "TID: not found"}) {
    EXPECT_EQ(read(sentence), Kind::kNotFound) << sentence;
  }
  for (const char* sentence :
       {"Frontend not found", "Merchant not found", "Merchant does not exist",
        "Application key not found", "Gateway not found", "version: not found",
        "signature not found", "not found", "Order not found: unknown merchant",
        "Frontend of order not found", "Currency of the order not found", "Order is not found yet",
        "No such order", "Order found", ""}) {
    EXPECT_EQ(read(sentence), Kind::kUseless) << sentence;
  }
}

TEST(PraxisStatusTest, TheRoutesOwnSentenceTakesTheNarrowOnesPlace) {
  const auto read = [](const std::string& description) {
    return ReadStatus(FakeOutbound::Answered({{"status", "3"}, {"description", description}}),
                      Sent(), "No such order.")
        .kind;
  };
  EXPECT_EQ(read("No such order."), Kind::kNotFound);
  for (const char* other :
       {"No such order", "no such order.", "No such order. Sorry.", "Order not found", ""}) {
    EXPECT_EQ(read(other), Kind::kUseless) << other;
  }
}

TEST(PraxisStatusTest, ErrorEndsASaleWhenItIsRepeatedAndNothingElse) {
  const OutboundAnswer error = FakeOutbound::Answered({{"transaction_status", "error"}});
  SentPayment sale = Sent();
  EXPECT_EQ(ReadStatus(error, sale).outcome.state, State::kInDoubt);
  sale.raw_status = "error";
  EXPECT_EQ(ReadStatus(error, sale).outcome.state, State::kDeclined);
  for (const PaymentKind kind : {PaymentKind::kPayOut, PaymentKind::kRefund}) {
    SentPayment sent = Sent(kind);
    sent.raw_status = "error";
    const PaymentOutcome outcome = ReadStatus(error, sent).outcome;
    EXPECT_EQ(outcome.state, State::kInDoubt);
    EXPECT_TRUE(outcome.needs_review);
  }
}

}  // namespace
}  // namespace cardvault

#include "forwarder/praxis/praxis13_status.h"

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "forwarder/outbound/signed_plan_for_test.h"
#include "forwarder/testing/fake_outbound.h"
#include "forwarder/testing/test_orders.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Pair;
using Kind = StatusReport::Kind;
using State = PaymentState;
using Fields = std::vector<std::pair<std::string, std::string>>;

SentPayment Sent(PaymentKind kind = PaymentKind::kPayIn) {
  SentPayment sent{"order-1", "USD", 1500, 2, 2};
  sent.kind = kind;
  return sent;
}

StatusReport Read(const OutboundAnswer& answer, const SentPayment& sent,
                  const std::string& not_found_description = "") {
  Praxis13Settings settings;
  settings.not_found_description = not_found_description;
  return ReadPraxis13Status(answer, sent, settings);
}

TEST(Praxis13StatusTest, PlansFindOrderWithItsSignature) {
  Praxis13Settings settings;
  settings.merchant_id = "Test-Integration-Merchant";
  settings.application_key = "Sandbox";
  settings.find_order_path = "/agent/find-order";
  settings.find_order_values = {"timestamp", "transaction.tid"};
  const RequestPlan plan = PlanPraxis13Status(Sent(), settings);
  EXPECT_EQ(plan.path, "/agent/find-order");
  EXPECT_THAT(BodyLines(plan.body), ElementsAre("merchant_id=\"Test-Integration-Merchant\"",
                                                "application_key=\"Sandbox\"", "version=\"1.3\"",
                                                "timestamp=<seconds>", "order_id=\"order-1\""));
  EXPECT_THAT(std::get<ListedValuesProof>(plan.answer.proof).paths,
              ElementsAre("timestamp", "transaction.tid"));
  // Computed apart from this code, with Python's hashlib.
  const auto sent = SignForTest(plan, absl::FromUnixSeconds(1700000000));
  ASSERT_THAT(sent, IsOk());
  EXPECT_THAT(sent->headers,
              Contains(Pair("Gt-Authentication",
                            "40261677ed04000cafc8a70cac70e8ea3784d3e8a10583821ec6b7c50822df109a661e"
                            "f390747ae455bdf2dc80e6cbb4")));
}

TEST(Praxis13StatusTest, ReadsTheOutcome) {
  const OutboundAnswer answer =
      FakeOutbound::Answered({{"status", "0"},
                              {"session.order_id", "order-1"},
                              {"transaction.amount", "1500"},
                              {"transaction.currency", "USD"},
                              {"transaction.tid", "7"},
                              {"transaction.transaction_status", "approved"},
                              {"transaction.processed_currency", "USD"},
                              {"transaction.processed_amount", "1400"}});
  const StatusReport report = Read(answer, Sent());
  EXPECT_EQ(report.kind, Kind::kFound);
  EXPECT_EQ(report.outcome.state, State::kApproved);
  EXPECT_EQ(report.outcome.settled_amount, 1400);
  EXPECT_THAT(report.outcome.upstream_ids, ElementsAre(Pair("tid", "7")));
}

TEST(Praxis13StatusTest, NothingUnverifiedIsBelieved) {
  for (const Fields& fields : {Fields{{"transaction.transaction_status", "approved"}},
                               Fields{{"status", "8"}, {"description", "order_id: not found"}}}) {
    OutboundAnswer answer = FakeOutbound::Answered(fields);
    EXPECT_NE(Read(answer, Sent()).kind, Kind::kUseless);
    answer.verified = false;
    EXPECT_EQ(Read(answer, Sent()).kind, Kind::kUseless);
    answer.has_proof = false;
    EXPECT_EQ(Read(answer, Sent()).kind, Kind::kUseless);
  }
}

TEST(Praxis13StatusTest, NotFoundIsARefusalThatSaysSo) {
  const auto read = [](const char* status, const char* description, const char* known = "") {
    return Read(FakeOutbound::Answered({{"status", status}, {"description", description}}), Sent(),
                known)
        .kind;
  };
  EXPECT_EQ(read("8", "order_id: not found"), Kind::kNotFound);
  EXPECT_EQ(read("0", "order_id: not found"), Kind::kUseless);
  EXPECT_EQ(read("5", "timestamp: too old"), Kind::kUseless);
  EXPECT_EQ(read("3", "Application not found"), Kind::kUseless);
  EXPECT_EQ(read("8", "tid not found"), Kind::kNotFound);
  EXPECT_EQ(read("8", "tid not found", "No such session"), Kind::kUseless);
  EXPECT_EQ(read("8", "No such session", "No such session"), Kind::kNotFound);
}

TEST(Praxis13StatusTest, ErrorEndsASaleWhenItIsRepeatedAndNothingElse) {
  const OutboundAnswer error =
      FakeOutbound::Answered({{"transaction.transaction_status", "error"}});
  SentPayment sale = Sent();
  EXPECT_EQ(Read(error, sale).outcome.state, State::kInDoubt);
  sale.raw_status = "error";
  EXPECT_EQ(Read(error, sale).outcome.state, State::kDeclined);
  SentPayment payout = Sent(PaymentKind::kPayOut);
  payout.raw_status = "error";
  EXPECT_EQ(Read(error, payout).outcome.state, State::kInDoubt);
  EXPECT_TRUE(Read(error, payout).outcome.needs_review);
}

TEST(Praxis13StatusTest, AnotherOrdersAnswerIsAConflict) {
  const StatusReport report =
      Read(FakeOutbound::Answered(
               {{"session.order_id", "order-2"}, {"transaction.transaction_status", "approved"}}),
           Sent());
  EXPECT_EQ(report.kind, Kind::kFound);
  EXPECT_TRUE(report.outcome.conflict);
}

}  // namespace
}  // namespace cardvault

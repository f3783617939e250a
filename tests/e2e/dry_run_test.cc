// DryRun through a real server: it shows what would be sent, lists every fault, and neither opens a
// card nor sends anything.

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "card/test_pans.h"
#include "tests/testing/audit_log_reader.h"
#include "tests/testing/payment_stage.h"

namespace cardvault::testing {
namespace {

constexpr char kStarred[] = "411111******1111";

class DryRunTest : public ::testing::TestWithParam<const char*> {
 protected:
  DryRunTest() {
    stage_.AddH2hRoute("h2h");
    stage_.AddPraxisRoute("praxis");
  }

  v1::DryRunResponse Ask(const v1::DryRunRequest& request) {
    Call call;
    v1::DryRunResponse response;
    const grpc::Status status = stage_.vault().Pay("pay-out")->DryRun(call, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message() << " " << call.field();
    return response;
  }

  v1::DryRunResponse TryIn(const v1::PayInRequest& payment) {
    v1::DryRunRequest request;
    *request.mutable_pay_in() = payment;
    return Ask(request);
  }

  static std::set<std::string> Faults(const v1::DryRunResponse& response) {
    std::set<std::string> faults;
    for (const v1::DryRunFault& fault : response.faults()) {
      EXPECT_FALSE(fault.text().empty());
      faults.insert(fault.reason() + " " + fault.field());
    }
    return faults;
  }

  // The gateways heard nothing, and no card was opened.
  void ExpectNothingHappened() {
    for (const char* connector : {"h2h", "praxis"}) {
      EXPECT_EQ(stage_.sandbox().Total(stage_.Port(connector)).posts, 0);
    }
    ASSERT_EQ(stage_.vault().Stop(), 0);
    for (const AuditEntry& entry : ReadAuditLog(stage_.vault().data_directory())) {
      EXPECT_NE(entry.leaf.action, AuditAction::kPaymentIntended);
    }
    ASSERT_TRUE(stage_.vault().Start());
  }

  PaymentStage stage_;
};

TEST_P(DryRunTest, ShowsTheRequestWithoutTheCardsNumber) {
  const std::string token = stage_.Token("shown");
  const v1::DryRunResponse in = TryIn(PayInOf(GetParam(), "dry-1", token, 1999));
  EXPECT_TRUE(Faults(in).empty());
  EXPECT_EQ(in.url().rfind("https://localhost:", 0), 0u) << in.url();
  EXPECT_NE(in.body().find(kStarred), std::string::npos) << in.body();
  EXPECT_NE(in.body().find("1999"), std::string::npos);
  EXPECT_NE((in.body() + in.headers(0).value()).find("\"***\""), std::string::npos);
  EXPECT_EQ(in.body().find("568"), std::string::npos);
  EXPECT_EQ(in.SerializeAsString().find(std::string(kVisaTestPan)), std::string::npos);

  v1::DryRunRequest out;
  *out.mutable_pay_out() = PayOutOf(GetParam(), "dry-1", token, 1999);
  const v1::DryRunResponse paid = Ask(out);
  EXPECT_TRUE(Faults(paid).empty());
  EXPECT_NE(paid.body().find(kStarred), std::string::npos) << paid.body();
  EXPECT_EQ(paid.body().find("cvv"), std::string::npos) << paid.body();
  ExpectNothingHappened();
}

TEST_P(DryRunTest, ListsEveryFaultAtOnce) {
  const bool is_h2h = std::string(GetParam()) == "h2h";
  v1::PayInRequest payment = PayInOf(GetParam(), "dry-2", stage_.Token("faults", ""), 1999);
  payment.set_currency("GBP");
  payment.mutable_customer()->clear_first_name();
  payment.mutable_customer()->clear_last_name();
  payment.mutable_customer()->set_email("nobody");
  payment.mutable_customer()->set_country("Atlantis");
  payment.mutable_urls()->clear_return_success_url();
  std::set<std::string> expected = {
      "CURRENCY_UNSUPPORTED currency", "CVV_REQUIRED ", "FIELD_MISSING customer.first_name",
      "FIELD_INVALID customer.email", "FIELD_MISSING urls.return_success_url"};
  if (!is_h2h) {
    expected.insert("FIELD_MISSING customer.last_name");
    expected.insert("FIELD_INVALID customer.country");
  }
  const v1::DryRunResponse response = TryIn(payment);
  const std::set<std::string> faults = Faults(response);
  for (const std::string& fault : expected) EXPECT_EQ(faults.count(fault), 1u) << fault;
  EXPECT_EQ(response.body(), "");  // without a currency there is no amount to show
  payment.set_route("nowhere");
  EXPECT_EQ(Faults(TryIn(payment)).count("ROUTE_UNKNOWN route"), 1u);
  ExpectNothingHappened();
}

INSTANTIATE_TEST_SUITE_P(Connectors, DryRunTest, ::testing::Values("h2h", "praxis"),
                         [](const auto& info) { return std::string(info.param); });

using DryRunRefundTest = DryRunTest;

TEST_P(DryRunRefundTest, KnowsItsOriginal) {
  const std::string token = stage_.Token("sale");
  ASSERT_EQ(StateName(stage_.Pay(PayInOf(GetParam(), "sale", token, 1500))), "APPROVED");
  v1::DryRunRequest request;
  *request.mutable_refund() = RefundOf("sale", "sale-back", 1500);
  const v1::DryRunResponse response = Ask(request);
  if (std::string(GetParam()) == "h2h") {
    EXPECT_EQ(Faults(response).count("NOT_OFFERED "), 1u);
    return;
  }
  EXPECT_TRUE(Faults(response).empty());
  EXPECT_NE(response.body().find(kStarred), std::string::npos) << response.body();
  EXPECT_NE(response.body().find("reference_id"), std::string::npos);
  request.mutable_refund()->set_amount(1501);
  EXPECT_EQ(Faults(Ask(request)), std::set<std::string>{"REFUND_TOO_LARGE "});
  EXPECT_EQ(stage_.sandbox().Order(stage_.Port(GetParam()), "sale-back").posts, 0);
}

INSTANTIATE_TEST_SUITE_P(Connectors, DryRunRefundTest, ::testing::Values("h2h", "praxis"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace cardvault::testing

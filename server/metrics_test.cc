#include "server/metrics.h"

#include <httplib.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "forwarder/testing/payment_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using ::testing::HasSubstr;

std::string Page(const Metrics& metrics) {
  httplib::Client client("127.0.0.1", metrics.port());
  const httplib::Result answer = client.Get("/metrics");
  return answer ? answer->body : "no answer";
}

TEST(MetricsTest, CountsWhatIsOpenAndInDoubt) {
  PaymentWorld world;
  const std::unique_ptr<Metrics> metrics = Metrics::Start("127.0.0.1:0", *world.payments);
  ASSERT_NE(metrics, nullptr);
  EXPECT_THAT(Page(*metrics), HasSubstr("\ncardvault_payments_in_doubt 0"));
  world.outbound.AnswerWith([](const OutboundRequest&) {
    return FakeOutbound::Unknown(Unavailable(ErrorReason::kUnspecified, "connection lost"));
  });
  const Token token = world.AddCard();
  ASSERT_TRUE(world.PayIn(world.Input(token, "pay-1")).ok());
  ASSERT_TRUE(world.PayIn(world.Input(token, "pay-2")).ok());
  const std::string page = Page(*metrics);
  EXPECT_THAT(page, HasSubstr("\ncardvault_payments_open 2"));
  EXPECT_THAT(page, HasSubstr("\ncardvault_payments_in_doubt 2"));
  EXPECT_THAT(page, HasSubstr("\ncardvault_payments_needs_review 0"));
  EXPECT_THAT(page, HasSubstr("\ncardvault_reconciler_questions_total 0"));
}

TEST(MetricsTest, ATakenPortIsNull) {
  PaymentWorld world;
  const std::unique_ptr<Metrics> metrics = Metrics::Start("127.0.0.1:0", *world.payments);
  ASSERT_NE(metrics, nullptr);
  EXPECT_EQ(Metrics::Start(absl::StrCat("127.0.0.1:", metrics->port()), *world.payments), nullptr);
}

}  // namespace
}  // namespace cardvault

#include "sandbox/connection_faults.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "sandbox/testing/raw_client.h"
#include "sandbox/testing/running_gateways.h"

namespace cardvault::sandbox {
namespace {

constexpr int64_t kSlowAmount = 70003;
constexpr int64_t kCloseAmount = 70004;
constexpr int64_t kResetAmount = 70005;
constexpr int64_t kCutAmount = 70009;
constexpr int64_t kCloseBeforeBookingAmount = 70014;
constexpr int64_t kBookLateAmount = 70017;

// Each test runs against both gateways.
class ConnectionFaultsTest : public testing::TestWithParam<bool> {
 protected:
  int port() const { return GetParam() ? gateways_.praxis_port() : gateways_.h2h_port(); }
  std::string Payment(const std::string& id, int64_t amount) {
    return GetParam() ? gateways_.Sale(id, amount, "568") : gateways_.PayIn(id, amount, "568");
  }
  // True when a look-up finds the payment, which then is approved.
  bool IsFound(const std::string& id) {
    RawClient client(port());
    const JsonValue answer =
        JsonOf(client.Exchange(GetParam() ? gateways_.FindOrder(id) : gateways_.Status(id)));
    const char* const state = GetParam() ? "transaction_status" : "status";
    if (answer.Find(state) != nullptr && answer.Find(state)->is_string()) {
      EXPECT_EQ(answer.StringAt(state), GetParam() ? "approved" : "success");
      return true;
    }
    return false;
  }
  JsonValue Stats() const { return RunningGateways::Stats(port()); }
  static bool IsBooked(const JsonValue& stats, const std::string& id) {
    return NumberAt(*stats.Find("orders"), id, "booked") == 1;
  }

  RunningGateways gateways_;
};

TEST_P(ConnectionFaultsTest, KeepsAConnectionForManyPayments) {
  RawClient client(port());
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(client.Exchange(Payment(absl::StrCat("order-", i), 1500)).end, ReadEnd::kComplete);
  }
  const JsonValue stats = Stats();
  EXPECT_EQ(NumberAt(stats, "booked"), 20);
  EXPECT_EQ(NumberAt(stats, "connections_used_for_two_or_more_posts"), 1);
}

TEST_P(ConnectionFaultsTest, ClosesAKeptConnectionAfterBookingWithoutAByte) {
  RawClient client(port());
  ASSERT_EQ(client.Exchange(Payment("first", 1500)).end, ReadEnd::kComplete);
  const RawAnswer answer = client.Exchange(Payment("closed", kCloseAmount));
  EXPECT_EQ(answer.end, ReadEnd::kClosed);
  EXPECT_EQ(answer.wire_byte_count, 0);
  const JsonValue stats = Stats();
  EXPECT_TRUE(IsBooked(stats, "closed"));
  EXPECT_EQ(NumberAt(stats, "connections_used_for_two_or_more_posts"), 1);
}

TEST_P(ConnectionFaultsTest, ResetsAKeptConnectionAfterBookingWithoutAByte) {
  RawClient client(port());
  ASSERT_EQ(client.Exchange(Payment("first", 1500)).end, ReadEnd::kComplete);
  const RawAnswer answer = client.Exchange(Payment("reset", kResetAmount));
  EXPECT_EQ(answer.end, ReadEnd::kReset);
  EXPECT_EQ(answer.wire_byte_count, 0);
  EXPECT_TRUE(IsBooked(Stats(), "reset"));
}

TEST_P(ConnectionFaultsTest, FaultsAFreshConnectionToo) {
  RawClient closed(port());
  EXPECT_EQ(closed.Exchange(Payment("closed", kCloseAmount)).end, ReadEnd::kClosed);
  RawClient reset(port());
  EXPECT_EQ(reset.Exchange(Payment("reset", kResetAmount)).end, ReadEnd::kReset);
}

TEST_P(ConnectionFaultsTest, ClosesBeforeBooking) {
  RawClient client(port());
  ASSERT_EQ(client.Exchange(Payment("first", 1500)).end, ReadEnd::kComplete);
  const RawAnswer answer = client.Exchange(Payment("lost", kCloseBeforeBookingAmount));
  EXPECT_EQ(answer.end, ReadEnd::kClosed);
  EXPECT_EQ(answer.wire_byte_count, 0);
  const JsonValue stats = Stats();
  EXPECT_FALSE(IsBooked(stats, "lost"));
  EXPECT_EQ(NumberAt(stats, "posts"), 2);
}

TEST_P(ConnectionFaultsTest, BooksSomeTimeAfterTheConnectionWasClosed) {
  RawClient client(port());
  ASSERT_EQ(client.Exchange(Payment("first", 1500)).end, ReadEnd::kComplete);
  const RawAnswer answer = client.Exchange(Payment("late", kBookLateAmount));
  EXPECT_EQ(answer.end, ReadEnd::kClosed);
  EXPECT_EQ(answer.wire_byte_count, 0);
  const absl::Time start = absl::Now();
  while (!IsFound("late") && absl::Now() - start < absl::Seconds(10)) {
  }
  EXPECT_TRUE(IsFound("late"));
}

TEST_P(ConnectionFaultsTest, CutsTheBodyShort) {
  RawClient client(port());
  const RawAnswer answer = client.Exchange(Payment("cut", kCutAmount));
  EXPECT_EQ(answer.end, ReadEnd::kClosed);
  EXPECT_NE(answer.head.find("Content-Length: "), std::string::npos);
  EXPECT_FALSE(answer.body.empty());
  EXPECT_EQ(JsonOf(answer).kind(), JsonValue::Kind::kNull);
  EXPECT_TRUE(IsBooked(Stats(), "cut"));
}

TEST_P(ConnectionFaultsTest, BooksBeforeASlowAnswer) {
  RawClient client(port());
  const absl::Time start = absl::Now();
  std::thread slow(
      [&] { EXPECT_EQ(client.Exchange(Payment("slow", kSlowAmount)).end, ReadEnd::kComplete); });
  while (NumberAt(Stats(), "posts") == 0 && absl::Now() - start < absl::Seconds(10)) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_TRUE(IsBooked(Stats(), "slow"));
  slow.join();
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(300));
  EXPECT_GE(NumberAt(*Stats().Find("orders"), "slow", "handling_us"), 300'000);
}

TEST_P(ConnectionFaultsTest, CountsEveryFurtherPostOfAnOrderAsDouble) {
  RawClient client(port());
  client.Exchange(Payment("again", 1500));
  const std::string second = Payment("again", 1500);
  client.Exchange(second);
  client.Exchange(second);  // byte for byte the same, as a client that re-posts by itself sends it
  const JsonValue stats = Stats();
  EXPECT_EQ(NumberAt(stats, "posts"), 3);
  EXPECT_EQ(NumberAt(stats, "double_posts"), 2);
  EXPECT_EQ(NumberAt(stats, "booked"), 1);
  EXPECT_EQ(NumberAt(stats, "refused"), 2);
}

INSTANTIATE_TEST_SUITE_P(BothGateways, ConnectionFaultsTest, testing::Bool(),
                         [](const testing::TestParamInfo<bool>& test) {
                           return test.param ? "Praxis" : "H2h";
                         });

TEST(LateBookingTest, AnEarlyLookUpSaysNotFoundAndStoppingDropsThePayment) {
  auto gateways = std::make_unique<RunningGateways>(Delays{absl::Hours(1), absl::Hours(1)});
  RawClient client(gateways->praxis_port());
  EXPECT_EQ(client.Exchange(gateways->Sale("late", kBookLateAmount, "568")).end, ReadEnd::kClosed);
  RawClient other(gateways->praxis_port());
  EXPECT_EQ(JsonOf(other.Exchange(gateways->FindOrder("late"))).StringAt("description"),
            "order_id: not found");
  const JsonValue stats = RunningGateways::Stats(gateways->praxis_port());
  EXPECT_EQ(NumberAt(stats, "posts"), 1);
  EXPECT_EQ(NumberAt(stats, "booked"), 0);
  const absl::Time start = absl::Now();
  gateways.reset();
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

TEST(StoppingTest, EndsIdleConnectionsAndSlowAnswersAtOnce) {
  auto gateways = std::make_unique<RunningGateways>(Delays{absl::Hours(1), absl::Hours(1)});
  RawClient idle(gateways->praxis_port());
  RawClient waiting(gateways->praxis_port());
  const std::string slow_sale = gateways->Sale("slow", kSlowAmount, "568");
  std::thread slow([&] { waiting.Exchange(slow_sale); });
  while (NumberAt(RunningGateways::Stats(gateways->praxis_port()), "booked") != 1) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  const absl::Time start = absl::Now();
  gateways.reset();
  slow.join();
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

}  // namespace
}  // namespace cardvault::sandbox

#include "server/metrics.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "forwarder/testing/payment_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace cardvault {
namespace {

using ::testing::HasSubstr;

// The answer to one GET, headers and all.
std::string Page(const Metrics& metrics) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(metrics.port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
  if (connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      send(connection, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    char piece[4096];
    for (ssize_t got = 0; (got = read(connection, piece, sizeof piece)) > 0;) {
      answer.append(piece, static_cast<size_t>(got));
    }
  }
  close(connection);
  return answer;
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

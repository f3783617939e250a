#include "server/metrics.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "audit/action.h"
#include "audit/audit_leaf.h"
#include "base/status.h"
#include "forwarder/testing/payment_world.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "reencryption/reencryption_job.h"
#include "server/key_text.h"
#include "tests/testing/status_matchers.h"
#include "vault/checkpoint/checkpointer.h"
#include "vault/checkpoint/sink_writer.h"
#include "vault/commit/commit_gate.h"
#include "vault/commit/write_set.h"

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

// What the page shows, of a world.
struct Shown {
  explicit Shown(PaymentWorld& of) : world(of) {}

  Metrics::Parts parts() {
    return {*world.payments, world.keyring, job, checkpointer, gate, world.clock};
  }

  class Gate final : public CommitGate {
   public:
    absl::Status Check() override { return status; }
    absl::Status status;
  };

  PaymentWorld& world;
  const ReencryptionJob job{world.engine, *world.pipeline, world.keyring, world.clock, {}};
  const std::vector<std::unique_ptr<SinkWriter>> sinks;
  Checkpointer checkpointer{
      *world.pipeline, world.keyring, world.clock, sinks, {.origin = "cardvault/test/log/1"}};
  Gate gate;
};

// K5: how long until a key stops to encrypt is seen before it does.
TEST(MetricsTest, TellsHowLongKeysLastAndWhetherThereAreAny) {
  PaymentWorld world;
  Shown shown(world);
  const std::unique_ptr<Metrics> metrics = Metrics::Start("127.0.0.1:0", shown.parts());
  ASSERT_NE(metrics, nullptr);
  std::vector<Keyring::Version> versions;
  for (const KeyVersionInfo& info : (*world.keyring.Snapshot())->Inventory()) {
    if (info.purpose != KeyPurpose::kPan) continue;
    Keyring::Version version{info, *(*world.keyring.Snapshot())->ActiveAead(info.purpose), nullptr};
    version.info.use_end = world.clock.Now() + absl::Seconds(90);
    EXPECT_TRUE(IsOverdue(version.info, world.clock.Now()));
    EXPECT_FALSE(IsOverdue(version.info, world.clock.Now() - absl::Hours(31 * 24)));
    versions.push_back(std::move(version));
  }
  world.keyring.Set(std::make_shared<const Keyring>("v", 9, std::move(versions)));
  const std::string page = Page(*metrics);
  EXPECT_THAT(page, HasSubstr("\ncardvault_sealed 0"));
  EXPECT_THAT(page, HasSubstr("\ncardvault_key_seconds_left{purpose=\"pan\"} 90"));
  EXPECT_THAT(page, HasSubstr("\ncardvault_reencryption_rows_left 0"));
  world.keyring.Seal();
  EXPECT_THAT(Page(*metrics), HasSubstr("\ncardvault_sealed 1"));
}

TEST(MetricsTest, CountsWhatIsOpenAndInDoubt) {
  PaymentWorld world;
  Shown shown(world);
  const std::unique_ptr<Metrics> metrics = Metrics::Start("127.0.0.1:0", shown.parts());
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
  Shown shown(world);
  const std::unique_ptr<Metrics> metrics = Metrics::Start("127.0.0.1:0", shown.parts());
  ASSERT_NE(metrics, nullptr);
  EXPECT_EQ(Metrics::Start(absl::StrCat("127.0.0.1:", metrics->port()), shown.parts()), nullptr);
}

// A7: a log that cannot be written, or that nobody outside hears of, is seen.
TEST(MetricsTest, TellsOfTheAuditLog) {
  PaymentWorld world;
  Shown shown(world);
  const std::unique_ptr<Metrics> metrics = Metrics::Start("127.0.0.1:0", shown.parts());
  ASSERT_NE(metrics, nullptr);
  WriteSet set;
  set.leaves.push_back(AuditLeaf{AuditAction::kLogStarted});
  ASSERT_TRUE(world.pipeline->SubmitAndWait(std::move(set)).committed());
  const uint64_t entries = world.pipeline->audit_entry_count();
  std::string page = Page(*metrics);
  EXPECT_THAT(page, HasSubstr(absl::StrCat("cardvault_audit_entries ", entries, "\n")));
  EXPECT_THAT(page, HasSubstr(absl::StrCat("cardvault_audit_unsigned_entries ", entries, "\n")));
  EXPECT_THAT(page, HasSubstr("cardvault_audit_failing 0\n"));
  ASSERT_THAT(shown.checkpointer.SignNow(), IsOk());
  shown.gate.status = absl::UnavailableError("");
  page = Page(*metrics);
  EXPECT_THAT(page, HasSubstr("cardvault_audit_unsigned_entries 0\n"));
  EXPECT_THAT(page, HasSubstr("cardvault_audit_failing 1\n"));
}

}  // namespace
}  // namespace cardvault

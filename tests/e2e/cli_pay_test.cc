// The commands of payments and notifications against a real server and the sandbox gateways.

#include <gtest/gtest.h>

#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "card/test_pans.h"
#include "tests/testing/child_process.h"
#include "tests/testing/payment_stage.h"
#include "tests/testing/sandbox_outbox.h"

namespace cardvault::testing {
namespace {

constexpr char kCustomer[] =
    " --customer c-1 --first-name Jane --last-name Doe --email jane@shop.example --ip "
    "198.51.100.24 "
    "--address Street --city Berlin --country DE --description Order "
    "--notification-url https://shop.example/n --return-url https://shop.example/r "
    "--decline-url https://shop.example/d";

class CliPayTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    stage_ = new PaymentStage;
    stage_->AddH2hRoute("h2h",
                        "timeouts: {connect: 1s, total: 2s}\n"
                        "reconcile: {in_doubt_after: 50ms, max_interval: 300ms, "
                        "review_after: 10ms}\n");
    stage_->AddPraxisRoute("praxis", kImpatient);
    profile_ = stage_->vault().WriteProfile();
  }
  static void TearDownTestSuite() { delete stage_; }

  static Finished Run(const std::vector<std::string>& words) {
    std::vector<std::string> all = {"cli/cardvault", "--profile", profile_};
    all.insert(all.end(), words.begin(), words.end());
    return RunToEnd(all, stage_->vault().directory().File("cli.log"));
  }

  static Finished Run(const std::string& line) {
    std::istringstream words(line);
    return Run(std::vector<std::string>{std::istream_iterator<std::string>(words), {}});
  }

  static std::string OutWords(const std::string& route, const std::string& id, int64_t amount) {
    return "--token " + stage_->Token(id, "") + " --route " + route + " --payment-id " + id +
           " --amount " + std::to_string(amount) + " --currency USD" + kCustomer;
  }

  static void ExpectSays(const Finished& done, int exit_code, const std::string& what) {
    EXPECT_EQ(done.exit_code, exit_code) << done.output;
    EXPECT_NE(done.output.find(what), std::string::npos) << what << "\n" << done.output;
  }

  static std::string File(const std::string& name) {
    return stage_->vault().directory().File(name);
  }

  static PaymentStage* stage_;
  static std::string profile_;
};

PaymentStage* CliPayTest::stage_ = nullptr;
std::string CliPayTest::profile_;

TEST_F(CliPayTest, OutRefundShowAndList) {
  ExpectSays(Run("pay out " + OutWords("h2h", "win-1", 1500)), 0, "kind           pay-out\n");
  ASSERT_EQ(StateName(stage_->Pay(PayInOf("praxis", "sale", stage_->Token("sale"), 1500))),
            "APPROVED");
  const std::string refund = "pay refund --original sale --payment-id sale-back --amount 500";
  ExpectSays(Run(refund + kCustomer), 0, "refund of      sale\n");
  ExpectSays(
      Run("pay refund --original sale --payment-id sale-2 --amount 1001" + std::string(kCustomer)),
      1, "(REFUND_TOO_LARGE)");
  ExpectSays(
      Run("pay refund --original win-1 --payment-id win-back --amount 1" + std::string(kCustomer)),
      1, "(NOT_OFFERED)");

  ExpectSays(Run("pay list --route praxis --kind refund"), 0,
             "sale-back  refund  APPROVED  500 USD");
  ExpectSays(Run("--json pay list --route praxis --limit 1"), 0, "\"payment_id\":\"sale-back\"");
  ExpectSays(Run("pay list --route praxis --limit 1"), 0, "there may be more");
  ExpectSays(Run("pay list --state CANCELLED"), 0, "(none)\n");
  ExpectSays(Run("pay list --state " + std::string(kVisaTestPan)), 2, "--state is a state");
  ExpectSays(Run("pay list --kind " + std::string(kVisaTestPan)), 2, "--kind is pay-in");
  ExpectSays(Run("pay list --limit 0"), 2, "--limit: ");
}

TEST_F(CliPayTest, RefreshAsksTheUpstream) {
  ASSERT_EQ(Run("pay out " + OutWords("praxis", "later", 70001)).exit_code, 0);
  SandboxOutbox(stage_->sandbox(), stage_->Port("praxis")).Settle("later", "declined");
  ExpectSays(Run("pay show later"), 0, "state          PENDING\n");
  ExpectSays(Run("pay show later --refresh"), 0, "state          DECLINED\n");
  ExpectSays(Run("pay show later"), 0, "status  DECLINED");
}

TEST_F(CliPayTest, DryRunSaysWhatWouldBeSentAndWhyNot) {
  const Finished good = Run("pay dry-run --kind pay-out " + OutWords("praxis", "dry", 1500));
  ExpectSays(good, 0, "\nwould be sent\n");
  ExpectSays(good, 0, "POST https://localhost:");
  ExpectSays(good, 0, "\n  \"card_number\": \"411111******1111\"");
  const Finished bad = Run("pay dry-run " + OutWords("h2h", "dry", 1500));
  ExpectSays(bad, 1, "(CVV_REQUIRED)\nwould be refused\n");
  ExpectSays(Run("--json pay dry-run " + OutWords("h2h", "dry", 1500)), 1,
             "\"reason\":\"CVV_REQUIRED\"");
  ExpectSays(Run("pay dry-run --kind refund --payment-id dry --amount 1"), 2,
             "--original: required");
  ExpectSays(Run("pay dry-run --kind pay-out --cvv-id x " + OutWords("h2h", "dry", 1500)), 2,
             "--cvv-id: of pay-ins alone");
  EXPECT_EQ(stage_->sandbox().Order(stage_->Port("praxis"), "dry").posts, 0);
}

TEST_F(CliPayTest, OpenAndResolve) {
  EXPECT_EQ(Run("pay out " + OutWords("h2h", "lost", 70014)).exit_code, 5);
  v1::Payment payment = stage_->Get("lost");
  while (!payment.needs_review()) payment = stage_->Get("lost");
  ExpectSays(Run("pay open --needs-review"), 0,
             "\nshop-1    lost     pay-out  IN_DOUBT  70014 USD");
  ExpectSays(Run("--json pay open"), 0, "\"payment_id\":\"lost\"");
  const std::string resolve = "pay resolve --merchant shop-1 --payment-id lost --state ";
  ExpectSays(Run(resolve + std::string(kVisaTestPan)), 1, "refused: state: ");
  ExpectSays(Run(resolve + "NOT_RECEIVED"), 0, "payment lost of shop-1 is NOT_RECEIVED");
  ExpectSays(Run("pay open"), 0, "(none)\n");
  ExpectSays(Run("pay show lost"), 0, "operator  NOT_RECEIVED");
}

TEST_F(CliPayTest, VerifiesANotificationAndWritesTheAcknowledgement) {
  const SandboxOutbox outbox(stage_->sandbox(), stage_->Port("praxis"));
  ASSERT_EQ(Run("pay out " + OutWords("praxis", "told", 70001)).exit_code, 0);
  outbox.Settle("told", "approved");
  const SandboxNotification posted = outbox.Of("told").back();
  WriteWholeFile(File("posted.json"), posted.body);
  const std::string verify = "notification verify --route praxis --body " + File("posted.json") +
                             " --ack-file " + File("answer.json");
  const Finished accepted = Run(verify);
  ExpectSays(accepted, 0, "notification   accepted\n");
  ExpectSays(accepted, 0, "payment is     APPROVED\n");
  ExpectSays(accepted, 0, "answer with HTTP 200\n");
  v1::HttpAnswer answer;
  answer.set_status(200);
  answer.set_body(ReadWholeFile(File("answer.json")));
  EXPECT_TRUE(outbox.Accepts(posted.number, answer)) << answer.body();
  ExpectSays(Run(verify), 0, "accepted, it came before\n");
  ExpectSays(Run("--json " + verify), 0, "\"repeated\":true");

  WriteWholeFile(File("forged.json"), outbox.Forge("told", "signature").body);
  const Finished refused = Run("notification verify --route praxis --body " + File("forged.json") +
                               " --ack-file " + File("none.json"));
  ExpectSays(refused, 1, "refused (UNVERIFIED): answer with an HTTP error\n");
  EXPECT_EQ(ReadWholeFile(File("none.json")), "");
  ExpectSays(Run(verify + " --header nonsense"), 2, "--header is 'Name: value'");
  ExpectSays(Run("notification verify --route praxis --body /nowhere"), 2, "cannot be read");
  ExpectSays(
      Run("notification verify --route praxis --ack-file /nowhere/x --body " + File("posted.json")),
      6, "cannot be written");
}

TEST_F(CliPayTest, HelpShowsAnExampleAndNoArgumentIsRepeated) {
  const std::vector<std::string> commands = {"pay in",   "pay out",     "pay refund",
                                             "pay show", "pay list",    "pay dry-run",
                                             "pay open", "pay resolve", "notification verify"};
  for (const std::string& command : commands) {
    const Finished help = Run(command + " --help");
    ExpectSays(help, 0, "Example: cardvault " + command);
    const Finished misused = Run(command + " --number " + std::string(kVisaTestPan));
    EXPECT_EQ(misused.exit_code, 2) << misused.output;
    EXPECT_EQ(misused.output.find("4111"), std::string::npos) << misused.output;
  }
}

}  // namespace
}  // namespace cardvault::testing

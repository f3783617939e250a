// The example in docs/clients/python against a real server and the sandbox gateways.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "card/test_pans.h"
#include "tests/testing/child_process.h"
#include "tests/testing/sandbox_process.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

using ::testing::Test;

class PythonClientTest : public Test {
 protected:
  static void SetUpTestSuite() {
    vault_ = new VaultProcess;
    ASSERT_TRUE(vault_->Start()) << vault_->output();
    vault_->WriteProfile();  // and with it the certificates of every role
    sandbox_ = new SandboxProcess(vault_->pki());
    const std::string ca = vault_->directory().File("ca.pem");
    vault_->ApplyRoute(sandbox_->H2hRoute("h2h", kMerchant, ca), "h2h", "api_secret", kH2hSecret);
    vault_->ApplyRoute(sandbox_->PraxisRoute("praxis", kMerchant, ca), "praxis", "merchant_secret",
                       kPraxisSecret);
    const Finished made =
        RunToEnd({"/usr/bin/python3", "docs/clients/python/make_stubs.py", Stubs()}, OutputPath());
    ASSERT_EQ(made.exit_code, 0) << made.output;
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(vault_->Stop(), 0) << vault_->output();
    delete sandbox_;
    delete vault_;
  }

  static std::string Stubs() { return vault_->directory().File("stubs"); }
  static std::string OutputPath() { return vault_->directory().File("client.log"); }

  // Runs the example with a card on its standard input.
  static Finished Run(const std::string& route, const std::string& order, const std::string& number,
                      const std::string& cvv) {
    const size_t before = ReadWholeFile(OutputPath()).size();
    ChildProcess client(
        {"/usr/bin/python3", "docs/clients/python/tokenize_and_pay.py", "--stubs", Stubs(),
         "--server", "127.0.0.1:" + std::to_string(vault_->merchant_port()), "--tls",
         vault_->directory().path(), "--route", route, "--order", order},
        OutputPath(), number + "\n" + cvv + "\n");
    const int exit_code = client.Wait();
    const std::string output = client.Output().substr(before);
    EXPECT_EQ(output.find(number), std::string::npos);
    return {exit_code, output};
  }

  static VaultProcess* vault_;
  static SandboxProcess* sandbox_;
};

VaultProcess* PythonClientTest::vault_ = nullptr;
SandboxProcess* PythonClientTest::sandbox_ = nullptr;

bool Holds(const Finished& finished, const std::string& text) {
  return finished.output.find(text) != std::string::npos;
}

TEST_F(PythonClientTest, PaysOverBothUpstreams) {
  const std::string number(kVisaTestPan);
  for (const char* route : {"h2h", "praxis"}) {
    const std::string order = std::string("approved-") + route;
    const Finished paid = Run(route, order, number, "568");
    EXPECT_EQ(paid.exit_code, 0) << paid.output;
    EXPECT_TRUE(Holds(paid, "token:   tok_test_")) << paid.output;
    EXPECT_TRUE(Holds(paid, "BRAND_VISA " + number.substr(0, 6) + "******" + number.substr(12)))
        << paid.output;
    EXPECT_TRUE(Holds(paid, "payment: " + order + " APPROVED")) << paid.output;
  }
}

TEST_F(PythonClientTest, ShowsWhereToRedirectTheCardholder) {
  const Finished paid = Run("h2h", "redirect", std::string(kMastercardTestPan), "333");
  EXPECT_EQ(paid.exit_code, 0) << paid.output;
  EXPECT_TRUE(Holds(paid, "payment: redirect REDIRECT_REQUIRED")) << paid.output;
  EXPECT_TRUE(Holds(paid, "send the cardholder to https://")) << paid.output;
}

TEST_F(PythonClientTest, ShowsADecline) {
  const Finished paid = Run("praxis", "declined", std::string(kDiscoverTestPan), "000");
  EXPECT_EQ(paid.exit_code, 0) << paid.output;
  EXPECT_TRUE(Holds(paid, "payment: declined DECLINED")) << paid.output;
  EXPECT_TRUE(Holds(paid, "the upstream says: 711")) << paid.output;
}

TEST_F(PythonClientTest, ShowsReasonAndFieldOfARefusal) {
  std::string mistyped(kVisaTestPan);
  mistyped.back() = mistyped.back() == '0' ? '1' : '0';
  const Finished refused = Run("h2h", "refused", mistyped, "568");
  EXPECT_EQ(refused.exit_code, 1) << refused.output;
  EXPECT_TRUE(Holds(refused, "refused: INVALID_ARGUMENT PAN_INVALID, field card.number: "))
      << refused.output;

  const Finished unknown = Run("nowhere", "unknown", std::string(kVisaTestPan), "568");
  EXPECT_EQ(unknown.exit_code, 1) << unknown.output;
  EXPECT_TRUE(Holds(unknown, "INVALID_ARGUMENT ROUTE_UNKNOWN, field route: ")) << unknown.output;
}

}  // namespace
}  // namespace cardvault::testing

// The commands for routes and their credentials against a real server.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "card/test_pans.h"
#include "tests/testing/child_process.h"
#include "tests/testing/test_requests.h"
#include "tests/testing/vault_process.h"

namespace cardvault::testing {
namespace {

constexpr char kDocument[] = R"(# Cards of Europe.
name: h2h-eu
connector: h2h
base_url: https://gateway.example
owners: [shop-1]
cvv: required
currencies: {EUR: 2}
limits: {amounts: {EUR: {min: 100, max: 500000}}, payments_per_minute: 600}
h2h:
  wallet_uid: wallet
  key_id: key
  cascade_id: {payin: payin}
  signing: {canonical: "{timestamp}|{nonce}|{body}"}
)";

class CliRouteTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    vault_ = new VaultProcess;
    ASSERT_TRUE(vault_->Start()) << vault_->output();
    profile_ = vault_->WriteProfile();
  }
  static void TearDownTestSuite() {
    EXPECT_EQ(vault_->Stop(), 0) << vault_->output();
    delete vault_;
  }

  // A file with the document of a route of this name: tests do not share routes.
  static std::string Document(const std::string& route) {
    const std::string path = vault_->directory().File(route + ".yaml");
    std::string text = kDocument;
    WriteWholeFile(path, text.replace(text.find("h2h-eu"), 6, route));
    return path;
  }

  static Finished Run(std::vector<std::string> words,
                      const std::map<int, std::string>& descriptors = {}) {
    words.insert(words.begin(), {"cli/cardvault", "--profile", profile_});
    return RunToEnd(words, vault_->directory().File("cli.log"), descriptors);
  }

  static Finished Send(const char* verb, const std::string& secret, const char* route = "h2h-eu") {
    return Run({"route", "credential", verb, route, "api_secret", "--secret-fd", "7"},
               {{7, secret + "\n"}});
  }

  static void ExpectRefused(const Finished& refused, const char* reason) {
    EXPECT_EQ(refused.exit_code, 1) << refused.output;
    EXPECT_NE(refused.output.find(reason), std::string::npos) << refused.output;
  }

  static void ExpectSays(const Finished& done, const std::string& what) {
    EXPECT_EQ(done.exit_code, 0) << done.output;
    EXPECT_NE(done.output.find(what), std::string::npos) << done.output;
  }

  static VaultProcess* vault_;
  static std::string profile_;
};

VaultProcess* CliRouteTest::vault_ = nullptr;
std::string CliRouteTest::profile_;

TEST_F(CliRouteTest, CheckStoresNothingAndNamesEveryMistake) {
  const std::string path = Document("only-checked");
  ExpectSays(Run({"route", "check", path}), "route only-checked is good\n");
  ExpectRefused(Run({"route", "show", "only-checked"}), "(NOT_FOUND)");
  std::string text = kDocument;
  text.replace(text.find("min: 100"), 8, "min: 0");
  text.replace(text.find("payments_per_minute: 600"), 24, "payments_per_minute: many");
  WriteWholeFile(path, text);
  const Finished refused = Run({"route", "check", path});
  ExpectRefused(refused, (path + ":8: limits.amounts.EUR.min: ").c_str());
  ExpectRefused(refused, (path + ":8: limits.payments_per_minute: ").c_str());
}

TEST_F(CliRouteTest, ShowTellsAllOfARouteThroughARotation) {
  ASSERT_EQ(Run({"route", "apply", Document("h2h-eu")}).exit_code, 0);
  const Finished fresh = Run({"route", "show", "h2h-eu"});
  ExpectSays(fresh, "merchants          shop-1\n");
  ExpectSays(fresh, "payments a minute  600\n");
  ExpectSays(fresh, "EUR       100       500000\n");
  ExpectSays(fresh, "api_secret  not set\n");
  ExpectSays(fresh, kDocument);

  ExpectRefused(Send("rotate", "SecretOne"), "(CREDENTIAL_STATE)");
  ExpectSays(Send("set", "SecretOne"), "credential api_secret of route h2h-eu set\n");
  ExpectRefused(Run({"route", "credential", "retire", "h2h-eu", "api_secret"}),
                "(CREDENTIAL_STATE)");
  const Finished rotated = Send("rotate", "SecretTwo");
  ExpectSays(rotated, "the new version signs\n");
  ExpectSays(rotated, "`cardvault route credential retire h2h-eu api_secret`\n");
  EXPECT_EQ(rotated.output.find("SecretTwo"), std::string::npos);
  ExpectSays(Run({"route", "list"}), "api_secret (in rotation)");
  ExpectSays(Run({"--json", "route", "show", "h2h-eu"}), "\"previous_set_time\":\"");
  const Finished second = Send("rotate", "SecretThree");
  ExpectRefused(second, "(CREDENTIAL_STATE)");
  EXPECT_NE(second.output.find("retire the earlier version first"), std::string::npos);
  ExpectSays(Run({"route", "credential", "retire", "h2h-eu", "api_secret"}), "retired\n");
  const Finished after = Run({"--json", "route", "show", "h2h-eu"});
  EXPECT_EQ(after.output.find("previous_set_time"), std::string::npos) << after.output;
}

TEST_F(CliRouteTest, ADisabledRouteIsNoneForMerchants) {
  ASSERT_EQ(Run({"route", "apply", Document("closed")}).exit_code, 0);
  ASSERT_EQ(Send("set", "SecretOne", "closed").exit_code, 0);
  Call tokenize_call;
  v1::TokenizeResponse tokenized;
  ASSERT_TRUE(
      vault_->Ingest()
          ->Tokenize(tokenize_call, TokenizeOf("r-1", std::string(kVisaTestPan), ""), &tokenized)
          .ok());
  v1::PayInRequest payment = PayInOf("closed", "p-1", tokenized.token().token(), 1999);
  payment.set_currency("EUR");
  const auto pay = [&payment] {
    Call call;
    v1::PayInResponse response;
    EXPECT_FALSE(vault_->PayIn()->PayIn(call, payment, &response).ok());
    return call.reason();
  };
  EXPECT_EQ(pay(), "CVV_REQUIRED");
  ExpectSays(Run({"route", "disable", "closed"}), "route closed disabled\n");
  ExpectSays(Run({"route", "disable", "closed"}), "route closed was disabled already\n");
  ExpectSays(Run({"route", "show", "closed"}), "state              disabled\n");
  ExpectSays(Run({"route", "list"}), "disabled");
  EXPECT_EQ(pay(), "ROUTE_UNKNOWN");
  ExpectSays(Run({"route", "enable", "closed"}), "route closed enabled\n");
  ExpectSays(Run({"route", "show", "closed"}), "state              enabled\n");
  EXPECT_EQ(pay(), "CVV_REQUIRED");
  ExpectRefused(Run({"route", "disable", "nowhere"}), "(NOT_FOUND)");
}

TEST_F(CliRouteTest, SecretsAreNoArgumentsAndHelpShowsAnExample) {
  for (const char* verb : {"set", "rotate"}) {
    const Finished refused =
        Run({"route", "credential", verb, "h2h-eu", "api_secret", "Tr0ub4dor"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_EQ(refused.output.find("Tr0ub4dor"), std::string::npos) << refused.output;
  }
  const std::vector<std::vector<std::string>> commands = {{"route", "show"},
                                                          {"route", "check"},
                                                          {"route", "enable"},
                                                          {"route", "disable"},
                                                          {"route", "credential", "set"},
                                                          {"route", "credential", "rotate"},
                                                          {"route", "credential", "retire"}};
  for (std::vector<std::string> words : commands) {
    words.push_back("--help");
    ExpectSays(Run(words), "Example: cardvault route ");
  }
}

}  // namespace
}  // namespace cardvault::testing

#include "sandbox/credentials.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace cardvault::sandbox {
namespace {

TEST(CredentialsTest, LoadsTheExample) {
  const auto credentials = LoadCredentials("sandbox/credentials.example.json");
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_EQ(credentials->h2h.wallet_uid, "sandbox-wallet");
  EXPECT_EQ(credentials->h2h.payout_cascade_id, "sandbox-payout");
  EXPECT_EQ(credentials->praxis.merchant_secret, "MerchantSecretKey");
  EXPECT_EQ(credentials->praxis.payout_word, "payout");
  ASSERT_TRUE(credentials->praxis13.has_value());
  EXPECT_EQ(credentials->praxis13->application_key, "Sandbox");
  EXPECT_EQ(credentials->praxis13->gateway, "gw-hash");
}

TEST(CredentialsTest, Praxis13IsOptionalAndItsSecretAnAesKey) {
  constexpr char kOthers[] =
      R"({"h2h":{"wallet_uid":"w","key_id":"k","api_secret":"s","payin_cascade_id":"i",)"
      R"("payout_cascade_id":"o"},"praxis":{"merchant_id":"m","frontend":"f",)"
      R"("merchant_secret":"s"})";
  const auto without = ParseCredentials(absl::StrCat(kOthers, "}"));
  ASSERT_TRUE(without.ok()) << without.status();
  EXPECT_FALSE(without->praxis13.has_value());
  const auto with_secret = [&](const std::string& secret) {
    return ParseCredentials(absl::StrCat(kOthers, R"(,"praxis13":{"merchant_id":"m",)",
                                         R"("application_key":"a","gateway":"g",)",
                                         R"("merchant_secret":")", secret, "\"}}"))
        .status();
  };
  EXPECT_TRUE(with_secret(std::string(32, 's')).ok());
  EXPECT_EQ(with_secret(std::string(33, 's')).message(),
            "praxis13.merchant_secret: longer than 32 bytes");
}

TEST(CredentialsTest, NamesTheFileOrMemberAtFault) {
  EXPECT_EQ(LoadCredentials("nowhere.json").status().message(), "nowhere.json: cannot be read");
  EXPECT_EQ(ParseCredentials("{}").status().message(), "h2h: required");
  EXPECT_EQ(ParseCredentials(R"({"h2h":{"wallet_uid":1}})").status().message(),
            "h2h.wallet_uid: must be a string");
  EXPECT_FALSE(ParseCredentials("wallet_uid: x").ok());
}

}  // namespace
}  // namespace cardvault::sandbox

#include "sandbox/credentials.h"

#include <gtest/gtest.h>

namespace cardvault::sandbox {
namespace {

TEST(CredentialsTest, LoadsTheExample) {
  const auto credentials = LoadCredentials("sandbox/credentials.example.json");
  ASSERT_TRUE(credentials.ok()) << credentials.status();
  EXPECT_EQ(credentials->h2h.wallet_uid, "sandbox-wallet");
  EXPECT_EQ(credentials->h2h.payout_cascade_id, "sandbox-payout");
  EXPECT_EQ(credentials->praxis.merchant_secret, "MerchantSecretKey");
  EXPECT_EQ(credentials->praxis.payout_word, "payout");
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

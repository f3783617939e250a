#include "server/identity.h"

#include <gtest/gtest.h>

#include <string>

namespace cardvault {
namespace {

TEST(IdentityTest, ParseReadsMerchantsAndPeople) {
  absl::StatusOr<Identity> merchant =
      ParseIdentity("spiffe://pay.example.com/merchant/shop-1/pay-in");
  ASSERT_TRUE(merchant.ok());
  EXPECT_EQ(merchant->kind, Identity::Kind::kMerchant);
  EXPECT_EQ(merchant->merchant->value(), "shop-1");
  EXPECT_EQ(merchant->name, "pay-in");
  absl::StatusOr<Identity> person = ParseIdentity("spiffe://pay.example.com/operator/alice");
  ASSERT_TRUE(person.ok());
  EXPECT_EQ(person->kind, Identity::Kind::kOperator);
  EXPECT_EQ(person->name, "alice");
  EXPECT_FALSE(person->merchant.has_value());
}

TEST(IdentityTest, ParseRefusesEveryOtherForm) {
  for (const char* uri :
       {"", "spiffe://", "spiffe://d", "spiffe://d/operator", "spiffe://d/operator/",
        "spiffe://d/operator/a/b", "spiffe://d/merchant/m", "spiffe://d/merchant/m/r/x",
        "spiffe://d/merchant//r", "spiffe:///operator/a", "spiffe://D/operator/a",
        "spiffe://d/root/a", "https://d/operator/a", "spiffe://d/operator/a b",
        "spiffe://d/operator/a%20b", "spiffe://d/merchant/123456789012/ingest"}) {
    EXPECT_EQ(ParseIdentity(uri).status().code(), absl::StatusCode::kUnauthenticated) << uri;
  }
  EXPECT_FALSE(ParseIdentity("spiffe://d/operator/" + std::string(300, 'a')).ok());
}

}  // namespace
}  // namespace cardvault

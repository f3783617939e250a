#include "forwarder/outbound/sorted_values.h"

#include <string>
#include <utility>
#include <vector>

#include "card/test_pans.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using Values = std::vector<std::pair<absl::string_view, absl::string_view>>;

std::string Sign(const Values& values, absl::string_view secret = "MerchantSecretKey") {
  SortedValues sorted;
  for (const auto& [key, value] : values) sorted.Add(key, value);
  return sorted.Sign(SecretBytes::CopyOf(secret)).value_or("");
}

// The vendor's two official vectors.
TEST(SortedValuesTest, SignsTheOfficialVectors) {
  EXPECT_EQ(
      Sign({{"frontend", "Integration TEST USD"},
            {"merchant_id", "Test-Integration-Merchant"},
            {"timestamp", "1559825373"},
            {"trace_id", "752856"},
            {"version", "1.1"}}),
      "c1eb4464bce78dd099501fbdbc6c9b9979070b4d82ef47fbbfbf9535104934d4abd77bfd9480685b317d60d"
      "b5339097b");
  // Given as a joined string without its keys.
  EXPECT_EQ(
      Sign({{"1", "Integration TEST USD"},
            {"2", "Test-Integration-Merchant"},
            {"3", "1568855392"},
            {"4", "1.1"},
            {"5", "ABCDEF"}}),
      "c8d9b1824601bb6e11342afc36cb7281892daead2fbae257ea2d2ff8aa4908d66d5863a429e247d47155c01"
      "a0592e482");
}

// Derived vectors, not the vendor's.
TEST(SortedValuesTest, SignsAFullSaleInAnyOrder) {
  Values values = {{"address", "1 Main St"},
                   {"amount", "1500"},
                   {"card_exp", "12/2030"},
                   {"card_number", kVisaTestPan},
                   {"city", "New York"},
                   {"country", "US"},
                   {"currency", "USD"},
                   {"cvv", "568"},
                   {"email", "a@example.com"},
                   {"first_name", "Jane"},
                   {"frontend", "Integration TEST USD"},
                   {"last_name", "Doe"},
                   {"merchant_id", "Test-Integration-Merchant"},
                   {"notification_url", "https://m.example/n"},
                   {"order_id", "order-1"},
                   {"pin", "cust-1"},
                   {"requester_ip", "198.51.100.24"},
                   {"return_url", "https://m.example/ret"},
                   {"state", "NY"},
                   {"timestamp", "1700000000"},
                   {"transaction_type", "sale"},
                   {"version", "1.1"},
                   {"zip", "10001"}};
  const std::string expected =
      "f1cc01453cfd1dd2580c022cc7cae71dc9d3a0171f4b5050327b9b24a66c956907554449372b2a9f89b1b6fe3ea9"
      "c001";
  EXPECT_EQ(Sign(values), expected);
  EXPECT_EQ(Sign(Values(values.rbegin(), values.rend())), expected);
}

// Computed apart from this code, with Python:
//   hashlib.sha384("".join(values[key] for key in sorted(values)).encode() + secret).hexdigest()
TEST(SortedValuesTest, SignsAPayoutARefundAndAFindOrder) {
  const Values common = {{"address", "1 Main St"},
                         {"card_exp", "12/2030"},
                         {"card_number", kVisaTestPan},
                         {"city", "New York"},
                         {"country", "US"},
                         {"currency", "USD"},
                         {"email", "a@example.com"},
                         {"first_name", "Jane"},
                         {"frontend", "Integration TEST USD"},
                         {"last_name", "Doe"},
                         {"merchant_id", "Test-Integration-Merchant"},
                         {"notification_url", "https://m.example/n"},
                         {"pin", "cust-1"},
                         {"requester_ip", "198.51.100.24"},
                         {"return_url", "https://m.example/ret"},
                         {"state", "NY"},
                         {"timestamp", "1700000000"},
                         {"version", "1.1"},
                         {"zip", "10001"}};
  const auto with = [&](const Values& more) {
    Values values = common;
    values.insert(values.end(), more.begin(), more.end());
    return values;
  };
  EXPECT_EQ(
      Sign(with({{"transaction_type", "payout"}, {"order_id", "order-2"}, {"amount", "1500"}})),
      "bca32bd7762370b58fe03a3bcbac2a1bc0173e214541412a03c05558feba4599c18edd04e49cb4af7e995dfa4dda"
      "8011");
  EXPECT_EQ(Sign(with({{"transaction_type", "refund"},
                       {"order_id", "order-3"},
                       {"amount", "700"},
                       {"reference_id", "752856"}})),
            "750c3fc30ac1fb760f130f8eba99c4c04ed83641c9be90d23585410c97b30e716c507e449c4f729f1d18e0"
            "e506301eb4");
  EXPECT_EQ(Sign({{"order_id", "order-1"},
                  {"frontend", "Integration TEST USD"},
                  {"merchant_id", "Test-Integration-Merchant"},
                  {"version", "1.1"},
                  {"timestamp", "1700000000"}}),
            "510e97eeae350718a320613f9ccb999eee7b074de77a013496532b4a95a29806f6b160b8835680558b287f"
            "3202b30c29");
}

TEST(SortedValuesTest, SignsTheAcknowledgement) {
  EXPECT_EQ(
      Sign({{"version", "1.1"},
            {"timestamp", "1700000005"},
            {"status", "0"},
            {"description", "Success"}}),
      "ed5860a11a04c218720e79eb9acb032880d71cc1a6d4c6e8eec49f2f937192ef1376585a8263ffd1e5821b1"
      "118abd8b3");
}

TEST(SortedValuesTest, SortsByByteSoThatUnderscoreComesBeforeSmallLetters) {
  EXPECT_EQ(Sign({{"a_b", "1"}, {"ab", "2"}, {"aB", "3"}}), Sign({{"1", "312"}}));
}

TEST(SortedValuesTest, VerifyTellsRightFromWrong) {
  const SecretBytes secret = SecretBytes::CopyOf("MerchantSecretKey");
  std::string signature = Sign({{"a", "1"}});
  const auto verify = [&](absl::string_view text) {
    SortedValues sorted;
    sorted.Add("a", "1");
    return sorted.Verify(secret, text);
  };
  EXPECT_TRUE(verify(signature));
  EXPECT_FALSE(verify(""));
  EXPECT_FALSE(verify(signature + "0"));
  EXPECT_FALSE(verify(signature.substr(1)));
  for (char& c : signature) {
    const char kept = c;
    c = kept == '0' ? '1' : '0';
    EXPECT_FALSE(verify(signature));
    c = kept;
  }
  SortedValues other;
  other.Add("a", "2");
  EXPECT_FALSE(other.Verify(secret, signature));
}

TEST(SortedValuesTest, EmptySecretSignsAndVerifiesNothing) {
  SortedValues sorted;
  sorted.Add("a", "1");
  EXPECT_THAT(sorted.Sign(SecretBytes()), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_FALSE(sorted.Verify(SecretBytes(), Sign({{"a", "1"}})));
}

}  // namespace
}  // namespace cardvault

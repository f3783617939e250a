#include "tokenizer/request_digest.h"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "card/test_pans.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/testing/test_keyring.h"
#include "tokenizer/testing/test_vault.h"

namespace cardvault {
namespace {

class RequestDigestTest : public testing::Test {
 protected:
  static TokenizeInput Base() {
    return TokenizeInput{.call = TestCall("shop"),
                         .request_id = TestRequest("r"),
                         .pan = *Pan::Parse(kVisaTestPan),
                         .expiry = TestExpiry(12, 2035),
                         .cardholder_name = "A B",
                         .customer = TestCustomer("c1"),
                         .labels = {{"k1", "v1"}, {"k2", "v2"}},
                         .retention = absl::Hours(5),
                         .single_use = false,
                         .reuse = Reuse::kCustomer};
  }
  static Token AToken(char fill) {
    std::array<char, Token::kBinarySize> binary;
    binary.fill(fill);
    return Token::FromBinary(VaultMode::kSandbox, binary);
  }
  static ReplacePanInput ReplaceBase() {
    return ReplacePanInput{.call = TestCall("shop"),
                           .request_id = TestRequest("r"),
                           .token = AToken(1),
                           .revision = 7,
                           .pan = *Pan::Parse(kVisaTestPan),
                           .expiry = TestExpiry(12, 2035),
                           .cardholder_name = "A B"};
  }

  const std::shared_ptr<const Keyring> keyring_ = MakeTestKeyring("v", 2);
  const std::shared_ptr<const MacKey> key_ = *keyring_->ActiveMac(KeyPurpose::kRequestDigest);
};

TEST_F(RequestDigestTest, TokenizeDigestChangesWithEachListedField) {
  const std::vector<std::function<void(TokenizeInput&)>> changes = {
      [](TokenizeInput&) {},
      [](TokenizeInput& i) { i.call.merchant = TestMerchant("shop2"); },
      [](TokenizeInput& i) { i.pan = *Pan::Parse(kVisaTestPan2); },
      [](TokenizeInput& i) { i.expiry = TestExpiry(11, 2035); },
      [](TokenizeInput& i) { i.expiry = TestExpiry(12, 2036); },
      [](TokenizeInput& i) { i.cardholder_name = "A C"; },
      [](TokenizeInput& i) { i.cardholder_name = ""; },
      [](TokenizeInput& i) { i.customer = TestCustomer("c2"); },
      [](TokenizeInput& i) { i.customer = std::nullopt; },
      [](TokenizeInput& i) { i.labels[0].first = "k0"; },
      [](TokenizeInput& i) { i.labels[1].second = "v3"; },
      [](TokenizeInput& i) { i.labels.pop_back(); },
      [](TokenizeInput& i) { i.labels.clear(); },
      [](TokenizeInput& i) { i.retention = absl::Hours(6); },
      [](TokenizeInput& i) { i.retention = std::nullopt; },
      [](TokenizeInput& i) { i.single_use = true; },
      [](TokenizeInput& i) { i.reuse = Reuse::kMerchant; },
      [](TokenizeInput& i) { i.reuse = Reuse::kNone; },
  };
  std::set<std::string> digests;
  for (size_t i = 0; i < changes.size(); ++i) {
    TokenizeInput input = Base();
    changes[i](input);
    const std::string digest = TokenizeDigest(*key_, input);
    EXPECT_EQ(digest.size(), kMacSize);
    EXPECT_TRUE(digests.insert(digest).second) << "change " << i;
  }
}

// The CVV, and whether there was one, is in no list; nor is what is not the caller's content.
TEST_F(RequestDigestTest, TokenizeDigestLeavesOutCvvRequestIdAndOrigin) {
  const std::string digest = TokenizeDigest(*key_, Base());
  TokenizeInput input = Base();
  input.with_cvv = true;
  input.request_id = TestRequest("r2");
  input.call.origin.address = "10.0.0.1:99";
  EXPECT_EQ(TokenizeDigest(*key_, input), digest);
}

TEST_F(RequestDigestTest, TokenizeDigestDoesNotMixNeighbours) {
  TokenizeInput a = Base();
  a.labels = {{"ab", "c"}};
  TokenizeInput b = Base();
  b.labels = {{"a", "bc"}};
  EXPECT_NE(TokenizeDigest(*key_, a), TokenizeDigest(*key_, b));
}

TEST_F(RequestDigestTest, ReplacePanDigestChangesWithEachListedField) {
  const std::vector<std::function<void(ReplacePanInput&)>> changes = {
      [](ReplacePanInput&) {},
      [](ReplacePanInput& i) { i.call.merchant = TestMerchant("shop2"); },
      [](ReplacePanInput& i) { i.token = AToken(2); },
      [](ReplacePanInput& i) { i.revision = 8; },
      [](ReplacePanInput& i) { i.pan = *Pan::Parse(kVisaTestPan2); },
      [](ReplacePanInput& i) { i.expiry = TestExpiry(11, 2035); },
      [](ReplacePanInput& i) { i.expiry = TestExpiry(12, 2036); },
      [](ReplacePanInput& i) { i.cardholder_name = "A C"; },
      [](ReplacePanInput& i) { i.cardholder_name = ""; },
      [](ReplacePanInput& i) { i.cardholder_name = std::nullopt; },
  };
  std::set<std::string> digests;
  for (size_t i = 0; i < changes.size(); ++i) {
    ReplacePanInput input = ReplaceBase();
    changes[i](input);
    EXPECT_TRUE(digests.insert(ReplacePanDigest(*key_, input)).second) << "change " << i;
  }
}

TEST_F(RequestDigestTest, DigestsDifferBetweenRpcsKeyVersionsAndVaults) {
  const auto older = *keyring_->MacVersion(KeyPurpose::kRequestDigest, 1);
  EXPECT_NE(TokenizeDigest(*key_, Base()), TokenizeDigest(*older, Base()));
  EXPECT_NE(TokenizeDigest(*key_, Base()), ReplacePanDigest(*key_, ReplaceBase()));
}

TEST_F(RequestDigestTest, SameDigestComparesWhole) {
  EXPECT_TRUE(SameDigest("abc", "abc"));
  EXPECT_FALSE(SameDigest("abc", "abd"));
  EXPECT_FALSE(SameDigest("abc", "ab"));
}

}  // namespace
}  // namespace cardvault

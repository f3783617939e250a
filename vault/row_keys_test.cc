#include "vault/row_keys.h"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/id.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "keys/mac_key.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

MerchantId Merchant(const std::string& id) { return *MerchantId::Parse(id, "merchant"); }
CustomerId Customer(const std::string& id) { return *CustomerId::Parse(id, "customer_id"); }
RouteName Route(const std::string& id) { return *RouteName::Parse(id, "route"); }
PaymentId Payment(const std::string& id) { return *PaymentId::Parse(id, "payment_id"); }
RequestId Request(const std::string& id) { return *RequestId::Parse(id, "request_id"); }

class RowKeysTest : public ::testing::Test {
 protected:
  const std::shared_ptr<const MacKey> key_ =
      *MakeTestKeyring("vault-a", 2)->ActiveMac(KeyPurpose::kRowIndex);
  const RowKeys keys_{key_};
};

// The inputs of docs/formats/rows.md: rows on disk are found by them, so they never change.
TEST_F(RowKeysTest, AreTheDocumentedMacs) {
  const std::string version("\0\0\0\2", 4);
  EXPECT_EQ(keys_.Merchant(Merchant("m1")),
            version + key_->Mac({"cardvault row merchant v1", "m1"}).substr(0, 16));
  EXPECT_EQ(keys_.Customer(Merchant("m1"), Customer("c1")),
            version + key_->Mac({"cardvault row customer v1", "m1", "c1"}).substr(0, 16));
  EXPECT_EQ(keys_.Payment(Merchant("m1"), Payment("p1")),
            version + key_->Mac({"cardvault row payment v1", "m1", "p1"}));
  EXPECT_EQ(keys_.Reference(Merchant("m1"), Route("r1"), "o1"),
            version + key_->Mac({"cardvault row reference v1", "m1", "r1", "o1"}));
  EXPECT_EQ(keys_.Request(Merchant("m1"), "Tokenize", Request("r1")),
            version + key_->Mac({"cardvault row request v1", "m1", "Tokenize", "r1"}));
  EXPECT_EQ(keys_.Enumeration(Merchant("m1"), "999999", "1234"),
            version + key_->Mac({"cardvault row enumeration v1", "m1", "999999", "1234"}));
}

TEST_F(RowKeysTest, OfDifferentThingsDiffer) {
  const std::vector<std::string> made = {
      keys_.Merchant(Merchant("a")),
      keys_.Merchant(Merchant("ab")),
      keys_.Customer(Merchant("a"), Customer("b")),
      keys_.Customer(Merchant("b"), Customer("a")),
      keys_.Customer(Merchant("ab"), Customer("c")),
      keys_.Customer(Merchant("a"), Customer("bc")),
      keys_.Payment(Merchant("a"), Payment("b")),
      keys_.Payment(Merchant("b"), Payment("a")),
      keys_.Request(Merchant("a"), "Tokenize", Request("b")),
      keys_.Request(Merchant("a"), "ReplacePan", Request("b")),
      keys_.Enumeration(Merchant("a"), "999999", "1234"),
      keys_.Enumeration(Merchant("a"), "9999991", "234"),
  };
  EXPECT_EQ(std::set<std::string>(made.begin(), made.end()).size(), made.size());
}

TEST_F(RowKeysTest, OfAnotherKeyAreOthers) {
  const std::shared_ptr<const MacKey> other_key =
      *MakeTestKeyring("vault-b", 2)->ActiveMac(KeyPurpose::kRowIndex);
  const RowKeys other(other_key);
  EXPECT_NE(keys_.Merchant(Merchant("m1")), other.Merchant(Merchant("m1")));
  EXPECT_NE(keys_.Payment(Merchant("m1"), Payment("p")),
            other.Payment(Merchant("m1"), Payment("p")));
}

TEST_F(RowKeysTest, SayTheirVersion) {
  EXPECT_EQ(keys_.version(), 2u);
  EXPECT_THAT(RowKeyVersion(keys_.Payment(Merchant("m1"), Payment("p")), 0), IsOkAndHolds(2u));
  EXPECT_THAT(RowKeyVersion("m" + keys_.Merchant(Merchant("m1")), 1), IsOkAndHolds(2u));
}

TEST_F(RowKeysTest, WhatSaysNoVersionIsRefused) {
  const std::string key = "m" + keys_.Merchant(Merchant("m1"));
  EXPECT_THAT(RowKeyVersion(key.substr(0, key.size() - 1), 1),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(RowKeyVersion("", 1), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(RowKeyVersion(std::string(RowKeys::kShortSize, '\0'), 0),
              StatusIs(absl::StatusCode::kDataLoss));
}

// No caller's string is a row key, nor stands within one (MANIFEST files hold row keys).
TEST_F(RowKeysTest, HoldNothingOfWhatACallerSent) {
  EXPECT_EQ(keys_.Payment(Merchant("merchant"), Payment("payment")).find("payment"),
            std::string::npos);
  EXPECT_EQ(keys_.Customer(Merchant("merchant"), Customer("customer")).find("customer"),
            std::string::npos);
}

}  // namespace
}  // namespace cardvault

#include "forwarder/ledger/request_digest.h"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

using storage::v1::PaymentRecord;
using ::testing::Eq;

Token TokenOf(char last) {
  std::array<char, Token::kBinarySize> bytes{};
  bytes.back() = last;
  return Token::FromBinary(VaultMode::kSandbox, bytes);
}

PaymentRequest Input() {
  PaymentRequest input{{*MerchantId::Parse("shop", "merchant"), {}},
                       TokenOf(1),
                       "cvv_one",
                       *RouteName::Parse("cards", "route"),
                       *PaymentId::Parse("p-1", "payment_id"),
                       1500,
                       "USD",
                       {},
                       {},
                       "",
                       ""};
  return input;
}

// Every field of the list changes the digest; the CVV deposit and the origin do not.
TEST(RequestDigestTest, EveryListedFieldCounts) {
  using Change = std::function<void(PaymentRequest&)>;
  const std::vector<std::pair<const char*, Change>> listed = {
      {"merchant", [](auto& i) { i.call.merchant = *MerchantId::Parse("shop2", "m"); }},
      {"payment_id", [](auto& i) { i.payment_id = *PaymentId::Parse("p-2", "p"); }},
      {"token", [](auto& i) { i.token = TokenOf(2); }},
      {"route", [](auto& i) { i.route = *RouteName::Parse("cards2", "r"); }},
      {"amount", [](auto& i) { i.amount = 1501; }},
      {"currency", [](auto& i) { i.currency = "EUR"; }},
      {"id", [](auto& i) { i.customer.id = "x"; }},
      {"first_name", [](auto& i) { i.customer.first_name = "x"; }},
      {"last_name", [](auto& i) { i.customer.last_name = "x"; }},
      {"email", [](auto& i) { i.customer.email = "x"; }},
      {"phone", [](auto& i) { i.customer.phone = "x"; }},
      {"ip_address", [](auto& i) { i.customer.ip_address = "x"; }},
      {"birth_date", [](auto& i) { i.customer.birth_date = "x"; }},
      {"address", [](auto& i) { i.customer.address = "x"; }},
      {"city", [](auto& i) { i.customer.city = "x"; }},
      {"country", [](auto& i) { i.customer.country = "x"; }},
      {"state", [](auto& i) { i.customer.state = "x"; }},
      {"postal_code", [](auto& i) { i.customer.postal_code = "x"; }},
      {"notification_url", [](auto& i) { i.urls.notification_url = "x"; }},
      {"return_success_url", [](auto& i) { i.urls.return_success_url = "x"; }},
      {"return_decline_url", [](auto& i) { i.urls.return_decline_url = "x"; }},
      {"description", [](auto& i) { i.description = "x"; }},
      {"upstream", [](auto& i) { i.wanted_connector = "h2h"; }},
  };
  const std::shared_ptr<const Keyring> keyring = MakeTestKeyring("vault");
  PaymentRecord record;
  record.set_kind(1);
  ASSERT_THAT(RecordRequestDigest(*keyring, Input(), record), IsOk());
  std::vector<std::string> digests = {record.request_digest()};
  for (const auto& [name, change] : listed) {
    PaymentRequest changed = Input();
    change(changed);
    EXPECT_THAT(IsSameRequest(*keyring, changed, record), IsOkAndHolds(Eq(false))) << name;
    digests.push_back(RequestDigest(**keyring->ActiveMac(KeyPurpose::kRequestDigest), changed));
  }
  std::sort(digests.begin(), digests.end());
  EXPECT_EQ(std::unique(digests.begin(), digests.end()), digests.end());

  PaymentRequest retry = Input();
  retry.cvv_id = "cvv_two";
  retry.call.origin.address = "192.0.2.1:1";
  EXPECT_THAT(IsSameRequest(*keyring, retry, record), IsOkAndHolds(Eq(true)));
}

// A changed list without a changed format would call every retry of an old payment another request.
TEST(RequestDigestTest, FormatOneIsPinned) {
  const std::shared_ptr<const Keyring> keyring = MakeTestKeyring("vault");
  PaymentRequest input = Input();
  input.customer.email = "a@example.com";
  EXPECT_EQ(absl::BytesToHexString(
                RequestDigest(**keyring->ActiveMac(KeyPurpose::kRequestDigest), input)),
            "1b1ede6bfe16d00630460c9e7c1eca2f3ff6dea41b5d9235aeaeb906fee44553");
}

TEST(RequestDigestTest, RecordedDigestIsJudgedUnderItsOwnKey) {
  const std::shared_ptr<const Keyring> before = MakeTestKeyring("vault", 1);
  const std::shared_ptr<const Keyring> after = MakeTestKeyring("vault", 2);
  PaymentRecord record;
  record.set_kind(1);
  ASSERT_THAT(RecordRequestDigest(*before, Input(), record), IsOk());
  EXPECT_EQ(record.digest_key_version(), 1u);
  EXPECT_EQ(record.digest_format(), kRequestDigestFormat);
  EXPECT_THAT(IsSameRequest(*after, Input(), record), IsOkAndHolds(Eq(true)));
  PaymentRecord newer;
  newer.set_kind(1);
  ASSERT_THAT(RecordRequestDigest(*after, Input(), newer), IsOk());
  EXPECT_EQ(newer.digest_key_version(), 2u);
  EXPECT_NE(newer.request_digest(), record.request_digest());
}

TEST(RequestDigestTest, OtherKindsAndUnknownFormats) {
  const std::shared_ptr<const Keyring> keyring = MakeTestKeyring("vault");
  PaymentRecord record;
  record.set_kind(2);
  ASSERT_THAT(RecordRequestDigest(*keyring, Input(), record), IsOk());
  EXPECT_THAT(IsSameRequest(*keyring, Input(), record), IsOkAndHolds(Eq(false)));
  record.set_kind(1);
  record.set_digest_format(2);
  EXPECT_THAT(IsSameRequest(*keyring, Input(), record), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace cardvault

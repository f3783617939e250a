#include "keys/custody/custody_creation.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "base/secret_bytes.h"
#include "base/status.h"
#include "base/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "keys/custody/custodian_share.h"
#include "keys/custody/custody_record.h"
#include "keys/custody/secret_sharing.h"
#include "keys/custody/share_collector.h"
#include "keys/custody/share_envelope.h"
#include "keys/custody/testing/test_custodian.h"
#include "keys/custody/testing/test_custody.h"
#include "keys/kek_provider.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

absl::Status Create(uint32_t threshold, const std::vector<NewCustodian>& custodians,
                    absl::Time now = FakeClock().Now()) {
  return CreateCustody(*VaultId::Parse("vault-1", "vault_id"), 1, threshold, custodians, now)
      .status();
}

auto IsRefused() {
  return StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid);
}

// K10
TEST(CustodyCreationTest, EachCustodianGetsHisShareSealedToHim) {
  const TestCustody custody(3, 4);
  ASSERT_EQ(custody.made.shares.size(), 4u);
  std::set<std::string> shares;
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(custody.made.shares[i].custodian, custody.Identity(i));
    const CustodianShare share = custody.Open(i);
    EXPECT_EQ(share.vault_id, "vault-1");
    EXPECT_EQ(share.kek_id, custody.made.record.kek_id);
    EXPECT_EQ(share.custodian, custody.Identity(i));
    EXPECT_EQ(share.index, i + 1);
    EXPECT_EQ(share.threshold, 3u);
    EXPECT_EQ(share.share_count, 4u);
    EXPECT_EQ(share.check_value, custody.made.kek->check_value());
    EXPECT_EQ(share.share.size(), kShareSize);
    const absl::string_view bytes = SecretBytesAccess::View(share.share);
    shares.emplace(bytes.data(), bytes.size());
    for (size_t other = 0; other < 4; ++other) {
      if (other == i) continue;
      EXPECT_FALSE(OpenEnvelope(custody.made.shares[i].envelope_pem,
                                custody.custodians[other].private_key_pem, nullptr)
                       .ok());
    }
  }
  EXPECT_EQ(shares.size(), 4u);
}

TEST(CustodyCreationTest, TheRecordIsTheVaultsAndHoldsNoShare) {
  const TestCustody custody(2, 3);
  const CustodyRecord& record = custody.made.record;
  EXPECT_EQ(record.vault_id, "vault-1");
  EXPECT_EQ(record.kek_id.size(), kKekIdSize);
  EXPECT_EQ(record.check_value, custody.made.kek->check_value());
  EXPECT_EQ(record.threshold, 2u);
  EXPECT_EQ(record.create_time, FakeClock().Now());
  const std::string bytes = SerializeCustodyRecord(record);
  EXPECT_THAT(ParseCustodyRecord(bytes), IsOk());
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(record.custodians[i].identity, custody.Identity(i));
    EXPECT_EQ(record.custodians[i].acknowledge_time, FakeClock().Now());
    const SecretBytes share = custody.ShareBytes(i);
    EXPECT_FALSE(absl::StrContains(bytes, SecretBytesAccess::View(share).substr(1)));
  }
}

TEST(CustodyCreationTest, ANewCustodyIsANewKek) {
  const TestCustody first(2, 2);
  const TestCustody second(2, TestCustodians(2));
  EXPECT_NE(first.made.record.kek_id, second.made.record.kek_id);
  const auto wrapped = first.made.kek->Wrap(SecretBytes::CopyOf("a key"));
  ASSERT_THAT(wrapped, IsOk());
  EXPECT_THAT(second.made.kek->Unwrap(*wrapped).status(),
              StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
}

// K7
TEST(CustodyCreationTest, OneIdentityTwiceIsRefused) {
  std::vector<NewCustodian> custodians = Asked(TestCustodians(3));
  custodians[2].identity = custodians[0].identity;
  const absl::Status refused = Create(2, custodians);
  EXPECT_THAT(refused, IsRefused());
  EXPECT_EQ(FieldOf(refused), "custodians");
}

// K7: one name is one person, in whatever domain, as it is for four eyes.
TEST(CustodyCreationTest, OnePersonOfTwoDomainsIsRefused) {
  const std::vector<TestCustodian> people = TestCustodians(2);
  std::vector<NewCustodian> custodians = Asked(people);
  custodians[1].identity = "spiffe://other.example/custodian/1";
  custodians[1].certificate_pem =
      MakeCertificate(people[1].key.get(), {.uri = custodians[1].identity, .key_usage = ""});
  const absl::Status refused = Create(2, custodians);
  EXPECT_THAT(refused, IsRefused());
  EXPECT_EQ(FieldOf(refused), "custodians");
  custodians[1].identity = "spiffe://other.example/custodian/11";
  custodians[1].certificate_pem =
      MakeCertificate(people[1].key.get(), {.uri = custodians[1].identity, .key_usage = ""});
  EXPECT_THAT(Create(2, custodians), IsOk());
}

// K7
TEST(CustodyCreationTest, OneCertificateOrKeyForTwoIsRefused) {
  const std::vector<TestCustodian> people = TestCustodians(2);
  std::vector<NewCustodian> custodians = Asked(people);
  // A certificate without a name, so that it could be anybody's.
  const std::string nobodys = MakeCertificate(people[0].key.get(), {.uri = "", .key_usage = ""});
  custodians[0].certificate_pem = nobodys;
  custodians[1].certificate_pem = nobodys;
  const absl::Status refused = Create(2, custodians);
  EXPECT_THAT(refused, IsRefused());
  EXPECT_EQ(FieldOf(refused), "certificate");
  custodians[1].certificate_pem =
      MakeCertificate(people[0].key.get(), {.uri = people[1].identity, .key_usage = ""});
  EXPECT_THAT(Create(2, custodians), IsRefused());
  custodians[1].certificate_pem = people[1].certificate_pem;
  EXPECT_THAT(Create(2, custodians), IsOk());
}

TEST(CustodyCreationTest, SwappedCertificatesAreRefused) {
  std::vector<NewCustodian> custodians = Asked(TestCustodians(2));
  std::swap(custodians[0].certificate_pem, custodians[1].certificate_pem);
  EXPECT_THAT(Create(2, custodians), IsRefused());
}

TEST(CustodyCreationTest, AnExpiredCertificateIsRefused) {
  EXPECT_THAT(Create(2, Asked(TestCustodians(2)), FakeClock().Now() + absl::Hours(13)),
              IsRefused());
}

TEST(CustodyCreationTest, NumbersThatAreNoSplitKnowledgeAreRefused) {
  const std::vector<NewCustodian> two = Asked(TestCustodians(2));
  EXPECT_THAT(Create(1, two), IsRefused());
  EXPECT_THAT(Create(3, two), IsRefused());
  EXPECT_THAT(Create(2, {}), IsRefused());
  EXPECT_THAT(Create(2, Asked(TestCustodians(kMaxShareCount + 1))), IsRefused());
}

TEST(CustodyCreationTest, ANameThatIsNoneIsRefused) {
  std::vector<NewCustodian> custodians = Asked(TestCustodians(2));
  custodians[0].identity = "";
  EXPECT_THAT(Create(2, custodians),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldMissing));
}

// From the keyring's side: what the KEK wrapped at its making opens after a ceremony.
TEST(CustodyCreationTest, TheCollectedKekIsTheOneThatWasMade) {
  const TestCustody custody(2, 3);
  const auto wrapped = custody.made.kek->Wrap(SecretBytes::CopyOf("a key"));
  ASSERT_THAT(wrapped, IsOk());
  const FakeClock clock;
  ShareCollector collector(custody.made.record, clock);
  ASSERT_THAT(collector.Submit(custody.Identity(2), custody.ShareBytes(2)), IsOk());
  const auto last = collector.Submit(custody.Identity(0), custody.ShareBytes(0));
  ASSERT_THAT(last, IsOk());
  ASSERT_NE(last->kek, nullptr);
  EXPECT_EQ(last->kek->name(), "custody");
  const auto key = last->kek->Unwrap(*wrapped);
  ASSERT_THAT(key, IsOk());
  EXPECT_TRUE(SecretBytesAccess::View(*key) == "a key");
}

}  // namespace
}  // namespace cardvault

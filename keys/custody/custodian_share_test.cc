#include "keys/custody/custodian_share.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "base/access/secret_bytes_access.h"
#include "base/error_reason.h"
#include "base/secret_bytes.h"
#include "gtest/gtest.h"
#include "keys/custody/secret_sharing.h"
#include "keys/testing/hex_file.h"
#include "tests/testing/status_matchers.h"

namespace cardvault {
namespace {

CustodianShare TestShare() {
  CustodianShare share;
  share.vault_id = "vault-1";
  share.kek_id = "0123456789abcdef";
  share.custodian = "spiffe://vault.example/custodian/alice";
  share.index = 2;
  share.threshold = 3;
  share.share_count = 5;
  share.check_value = "a1b2c3";
  std::string bytes;
  for (size_t i = 0; i < kShareSize; ++i) bytes.push_back(static_cast<char>(0x40 + i));
  share.share = SecretBytes::CopyOf(bytes);
  return share;
}

std::string TestDocument() {
  const SecretBytes document = SerializeCustodianShare(TestShare());
  const absl::string_view view = SecretBytesAccess::View(document);
  return std::string(view.data(), view.size());
}

absl::StatusOr<CustodianShare> Parse(const std::string& document) {
  return ParseCustodianShare(SecretBytes::CopyOf(document));
}

auto IsRefused() {
  return StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldInvalid);
}

// docs/formats/custodian_share.md: shares in safes must open for ever.
TEST(CustodianShareTest, IsTheBytesOfFormatVersion1) {
  EXPECT_EQ(absl::BytesToHexString(TestDocument()),
            absl::BytesToHexString(ReadHexFile("keys/custody/testdata/share_v1.hex")));
}

TEST(CustodianShareTest, ParseGivesWhatWasSerialized) {
  const auto share = Parse(ReadHexFile("keys/custody/testdata/share_v1.hex"));
  ASSERT_THAT(share, IsOk());
  const CustodianShare expected = TestShare();
  EXPECT_EQ(share->vault_id, expected.vault_id);
  EXPECT_EQ(share->kek_id, expected.kek_id);
  EXPECT_EQ(share->custodian, expected.custodian);
  EXPECT_EQ(share->index, expected.index);
  EXPECT_EQ(share->threshold, expected.threshold);
  EXPECT_EQ(share->share_count, expected.share_count);
  EXPECT_EQ(share->check_value, expected.check_value);
  EXPECT_TRUE(SecretBytesAccess::View(share->share) == SecretBytesAccess::View(expected.share));
}

TEST(CustodianShareTest, ADocumentCutShortOrLongerIsRefused) {
  const std::string document = TestDocument();
  for (size_t size = 0; size < document.size(); ++size) {
    EXPECT_THAT(Parse(document.substr(0, size)).status(), IsRefused()) << size;
  }
  EXPECT_THAT(Parse(document + '\0').status(), IsRefused());
}

TEST(CustodianShareTest, FieldsThatCannotBeAreRefused) {
  const std::string document = TestDocument();
  const auto with = [&](size_t offset, char byte) {
    std::string changed = document;
    changed[offset] = byte;
    return Parse(changed).status();
  };
  EXPECT_THAT(with(16, '2'), IsRefused());  // format version
  EXPECT_THAT(with(18, 0), IsRefused());    // index
  EXPECT_THAT(with(18, 6), IsRefused());
  EXPECT_THAT(with(19, 1), IsRefused());  // threshold
  EXPECT_THAT(with(19, 6), IsRefused());
  EXPECT_THAT(with(20, 17), IsRefused());    // shares
  EXPECT_THAT(with(37, 'G'), IsRefused());   // check value
  EXPECT_THAT(with(76, 6), IsRefused());     // length of the vault id
  EXPECT_THAT(with(77, '/'), IsRefused());   // vault id
  EXPECT_THAT(with(85, '\n'), IsRefused());  // custodian
  EXPECT_THAT(with(18, 5), IsOk());
}

TEST(CustodianShareTest, CustodiansAreNamedByPrintableCharacters) {
  EXPECT_THAT(CheckCustodian("spiffe://vault.example/custodian/alice", "custodian"), IsOk());
  EXPECT_THAT(CheckCustodian(std::string(kMaxCustodianSize, 'a'), "custodian"), IsOk());
  EXPECT_THAT(CheckCustodian("", "custodian"),
              StatusIs(absl::StatusCode::kInvalidArgument, ErrorReason::kFieldMissing));
  for (const std::string& bad :
       {std::string("alice bob"), std::string("alice\n"), std::string("\xC3\xA4"),
        std::string("a\0b", 3), std::string(kMaxCustodianSize + 1, 'a')}) {
    EXPECT_THAT(CheckCustodian(bad, "custodian"), IsRefused());
  }
}

}  // namespace
}  // namespace cardvault

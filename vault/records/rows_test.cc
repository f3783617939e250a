// The layouts of all rows that go with cards, byte by byte as docs/formats/card_record.md has them.

#include <array>
#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "base/length_prefix.h"
#include "base/sha256.h"
#include "card/token.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "keys/mac_key.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "vault/records/due_rows.h"
#include "vault/records/index_keys.h"
#include "vault/records/pan_rows.h"
#include "vault/records/row_format.h"
#include "vault/row_keys.h"

namespace cardvault {
namespace {

Token TokenOf(char fill) {
  std::array<char, Token::kBinarySize> binary;
  binary.fill(fill);
  return Token::FromBinary(VaultMode::kSandbox, binary);
}

class RowsTest : public testing::Test {
 protected:
  const std::shared_ptr<const Keyring> keyring_ = MakeTestKeyring("v");
  const std::shared_ptr<const MacKey> key_ = *keyring_->ActiveMac(KeyPurpose::kRowIndex);
  const RowKeys row_keys_{key_};
  const IndexKeys keys_{row_keys_};
  const MerchantId shop_ = *MerchantId::Parse("shop", "merchant");
  const CustomerId customer_ = *CustomerId::Parse("c1", "customer_id");
};

TEST_F(RowsTest, IndexKeysHaveTheirKindAndSize) {
  EXPECT_EQ(keys_.Merchant(shop_), "m" + row_keys_.Merchant(shop_));
  EXPECT_EQ(keys_.Customer(shop_, customer_), "c" + row_keys_.Customer(shop_, customer_));
  // Over the fingerprint, which is random, no key is needed.
  const std::string tag =
      Sha256(LengthPrefixed({"cardvault row fingerprint v1", "shop", "fpr_x"})).substr(0, 16);
  EXPECT_EQ(IndexKeys::Fingerprint(shop_, "fpr_x"), "f" + tag);
  EXPECT_EQ(IndexKeys::FingerprintPointer(shop_, "fpr_x"), "p" + tag);
  EXPECT_EQ(keys_.CustomerReuse(shop_, customer_, "fpr_x"),
            absl::StrCat("r", row_keys_.Customer(shop_, customer_), tag));
  EXPECT_EQ(keys_.Merchant(shop_).size(), 21u);
  EXPECT_EQ(keys_.CustomerReuse(shop_, customer_, "fpr_x").size(), 37u);
}

TEST_F(RowsTest, IndexKeysOfCallersIdsAreUnderTheRowIndexKey) {
  EXPECT_TRUE(IndexKeys::IsKeyed(keys_.Merchant(shop_)));
  EXPECT_TRUE(IndexKeys::IsKeyed(keys_.Customer(shop_, customer_)));
  EXPECT_TRUE(IndexKeys::IsKeyed(keys_.CustomerReuse(shop_, customer_, "fpr_x")));
  EXPECT_FALSE(IndexKeys::IsKeyed(IndexKeys::Fingerprint(shop_, "fpr_x")));
  EXPECT_FALSE(IndexKeys::IsKeyed(IndexKeys::FingerprintPointer(shop_, "fpr_x")));
  EXPECT_FALSE(IndexKeys::IsKeyed(""));
}

// No caller's string is in a row key (MANIFEST files keep keys).
TEST_F(RowsTest, IndexKeysHoldNoCallersString) {
  for (const std::string& key :
       {keys_.Merchant(shop_), keys_.Customer(shop_, customer_),
        IndexKeys::Fingerprint(shop_, "fpr_x"), keys_.CustomerReuse(shop_, customer_, "fpr_x")}) {
    EXPECT_EQ(key.find("shop"), std::string::npos);
    EXPECT_EQ(key.find("fpr_x"), std::string::npos);
  }
}

TEST_F(RowsTest, ListPositionsSortNewestFirst) {
  EXPECT_EQ(absl::BytesToHexString(ListPosition(1, TokenOf(0x22))),
            absl::StrCat("fffffffffffffffe",
                         absl::BytesToHexString(std::string(Token::kBinarySize, 0x22))));
  EXPECT_LT(ListPosition(2000, TokenOf(9)), ListPosition(1999, TokenOf(1)));
  EXPECT_LT(ListPosition(2000, TokenOf(1)), ListPosition(2000, TokenOf(9)));
  EXPECT_EQ(TokenOfPosition(ListPosition(5, TokenOf(3))), TokenOf(3).binary());
}

TEST_F(RowsTest, TokenOfBytesRejectsOtherSizes) {
  const std::string bytes(TokenOf(3).binary());
  EXPECT_EQ(*TokenOfBytes(VaultMode::kSandbox, bytes), TokenOf(3));
  EXPECT_THAT(TokenOfBytes(VaultMode::kSandbox, bytes + "x"),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(TokenOfBytes(VaultMode::kSandbox, ""), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(RowsTest, FingerprintRowKeyIsVersionAndMac) {
  EXPECT_EQ(absl::BytesToHexString(FingerprintRowKey(258, std::string(32, 0x11))),
            absl::StrCat("00000102", absl::BytesToHexString(std::string(32, 0x11))));
}

TEST_F(RowsTest, DueKeysSortByTimeAndParse) {
  const std::string key = DueKey(0x0102, DueKind::kIdempotency, "object");
  EXPECT_EQ(absl::BytesToHexString(key),
            absl::StrCat("0000000000000102", "02", absl::BytesToHexString("object")));
  const absl::StatusOr<Due> due = ParseDueKey(key);
  ASSERT_THAT(due, IsOk());
  EXPECT_EQ(due->time_micros, 0x0102);
  EXPECT_EQ(due->kind, DueKind::kIdempotency);
  EXPECT_EQ(due->object, "object");
  EXPECT_LT(key, DueKey(0x0103, DueKind::kRetention, ""));
  EXPECT_LT(key, DueKeyAfter(0x0102));
  EXPECT_GE(DueKey(0x0103, DueKind::kRetention, "o"), DueKeyAfter(0x0102));
}

TEST_F(RowsTest, ParseDueKeyRejectsWhatIsNone) {
  for (const std::string& key :
       {std::string(), std::string("12345678"), std::string("12345678\x01"),
        absl::StrCat("12345678", std::string(1, '\0'), "o"), std::string("12345678\x04o")}) {
    EXPECT_THAT(ParseDueKey(key), StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST_F(RowsTest, RowsHaveFormatVersionOne) {
  storage::v1::ReuseRow row;
  row.set_token("t");
  EXPECT_EQ(absl::BytesToHexString(EncodeRow(row)), "0801120174");
  EXPECT_EQ(DecodeRow<storage::v1::ReuseRow>(EncodeRow(row))->token(), "t");
}

TEST_F(RowsTest, UnknownFormatVersionsAndRubbishAreDataLoss) {
  for (const std::string& value :
       {std::string(), std::string("\x08\x02\x12\x01t"), std::string("\x12\x01t"),
        std::string("\x08\x01\x12\x05t"), std::string("\xff")}) {
    EXPECT_THAT(DecodeRow<storage::v1::ReuseRow>(value),
                StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt));
  }
}

}  // namespace
}  // namespace cardvault

#include "vault/records/card_store.h"

#include <array>
#include <string>
#include <utility>

#include "base/error_reason.h"
#include "cardvault/storage/v1/card_record.pb.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "vault/commit/write_set.h"
#include "vault/engine/testing/fake_engine.h"
#include "vault/records/card_use.h"
#include "vault/records/row_format.h"

namespace cardvault {
namespace {

using storage::v1::CardRecord;

Token AToken() {
  std::array<char, Token::kBinarySize> binary;
  binary.fill(3);
  return Token::FromBinary(VaultMode::kSandbox, binary);
}

class CardStoreTest : public testing::Test {
 protected:
  static CardRecord Live() {
    CardRecord record;
    record.set_merchant("shop");
    record.set_state(CardRecord::STATE_ACTIVE);
    record.mutable_pan()->set_key_version(1);
    record.mutable_profile()->set_key_version(1);
    record.set_delete_at_micros(1000);
    return record;
  }
  void Plant(const CardRecord& record) {
    engine_.Plant(Table::kRecords, token_.binary(), EncodeRow(record), 7);
  }
  static auto TokenNotFound() {
    return StatusIs(absl::StatusCode::kNotFound, ErrorReason::kTokenNotFound);
  }

  FakeEngine engine_;
  const CardStore store_{engine_};
  const Token token_ = AToken();
  const MerchantId shop_ = *MerchantId::Parse("shop", "merchant");
  const MerchantId other_ = *MerchantId::Parse("other", "merchant");
};

TEST_F(CardStoreTest, FindGivesTheRecordAndItsRevision) {
  Plant(Live());
  const absl::StatusOr<StoredCard> card = store_.Find(shop_, token_);
  ASSERT_THAT(card, IsOk());
  EXPECT_EQ(card->revision, 7u);
  EXPECT_EQ(card->record.merchant(), "shop");
}

// T5
TEST_F(CardStoreTest, AbsentForeignAndDeletedAreOneNotFound) {
  const absl::Status absent = store_.Find(shop_, token_).status();
  EXPECT_THAT(absent, TokenNotFound());
  Plant(Live());
  EXPECT_EQ(store_.Find(other_, token_).status(), absent);
  CardRecord tombstone;
  tombstone.set_merchant("shop");
  tombstone.set_state(CardRecord::STATE_DELETED);
  Plant(tombstone);
  EXPECT_EQ(store_.Find(shop_, token_).status(), absent);
  EXPECT_EQ(store_.FindWithTombstone(other_, token_).status(), absent);
  EXPECT_EQ(store_.FindWithTombstone(shop_, token_)->record.state(), CardRecord::STATE_DELETED);
}

TEST_F(CardStoreTest, DamagedRecordsAreDataLoss) {
  const auto corrupt = StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt);
  engine_.Plant(Table::kRecords, token_.binary(), "rubbish", 7);
  EXPECT_THAT(store_.Find(shop_, token_), corrupt);
  CardRecord later = Live();
  later.set_format_version(2);
  engine_.Plant(Table::kRecords, token_.binary(), later.SerializeAsString(), 7);
  EXPECT_THAT(store_.Find(shop_, token_), corrupt);
  CardRecord stateless = Live();
  stateless.set_state(CardRecord::STATE_UNSPECIFIED);
  Plant(stateless);
  EXPECT_THAT(store_.Find(shop_, token_), corrupt);
  CardRecord without_pan = Live();
  without_pan.clear_pan();
  Plant(without_pan);
  EXPECT_THAT(store_.Find(shop_, token_), corrupt);
}

TEST_F(CardStoreTest, CheckChargeableNamesTheReason) {
  StoredCard card{Live(), 7};
  EXPECT_THAT(CheckChargeable(card, absl::FromUnixMicros(999)), IsOk());
  EXPECT_THAT(CheckChargeable(card, absl::FromUnixMicros(1000)), TokenNotFound());
  card.record.clear_delete_at_micros();
  EXPECT_THAT(CheckChargeable(card, absl::FromUnixMicros(1000)), IsOk());
  card.record.set_state(CardRecord::STATE_DISABLED);
  EXPECT_THAT(CheckChargeable(card, absl::UnixEpoch()),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kTokenDisabled));
  card.record.set_state(CardRecord::STATE_USED);
  EXPECT_THAT(CheckChargeable(card, absl::UnixEpoch()),
              StatusIs(absl::StatusCode::kFailedPrecondition, ErrorReason::kTokenUsed));
  card.record.set_state(CardRecord::STATE_DELETED);
  EXPECT_THAT(CheckChargeable(card, absl::UnixEpoch()), TokenNotFound());
}

TEST_F(CardStoreTest, AppendUseOfASingleUseCardMakesItUsedUnlessItChanged) {
  CardRecord record = Live();
  record.set_single_use(true);
  WriteSet set;
  AppendUse(token_, StoredCard{record, 7}, absl::FromUnixMicros(500), set);
  ASSERT_EQ(set.preconditions.size(), 1u);
  EXPECT_EQ(set.preconditions[0].kind, Precondition::Kind::kUnchanged);
  EXPECT_EQ(set.preconditions[0].table, Table::kRecords);
  EXPECT_EQ(set.preconditions[0].key, token_.binary());
  EXPECT_EQ(set.preconditions[0].revision, 7u);
  ASSERT_EQ(set.puts.size(), 1u);
  const absl::StatusOr<CardRecord> put = DecodeRow<CardRecord>(set.puts[0].value);
  ASSERT_THAT(put, IsOk());
  EXPECT_EQ(put->state(), CardRecord::STATE_USED);
  EXPECT_EQ(put->update_micros(), 500);
}

TEST_F(CardStoreTest, AppendUseOfAnotherCardDependsOnItOnly) {
  WriteSet set;
  AppendUse(token_, StoredCard{Live(), 7}, absl::FromUnixMicros(500), set);
  EXPECT_EQ(set.preconditions.size(), 1u);
  EXPECT_TRUE(set.puts.empty());
}

}  // namespace
}  // namespace cardvault

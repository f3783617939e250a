#include "forwarder/ledger/payment_index.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error_reason.h"
#include "base/id.h"
#include "cardvault/storage/v1/payment_record.pb.h"
#include "forwarder/ledger/payment_ledger.h"
#include "forwarder/ledger/payment_state.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keys/key_purpose.h"
#include "keys/keyring.h"
#include "keys/keyring_holder.h"
#include "keys/testing/test_keyring.h"
#include "tests/testing/status_matchers.h"
#include "vault/engine/table.h"
#include "vault/engine/testing/fake_engine.h"

namespace cardvault {
namespace {

using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::SizeIs;

constexpr absl::string_view kVault = "vault";

PaymentId Id(const std::string& id) { return *PaymentId::Parse(id, "payment_id"); }

class PaymentIndexTest : public ::testing::Test {
 protected:
  PaymentIndexTest() { RotateTo(1); }

  void RotateTo(uint32_t version) { keyring_.Set(MakeTestKeyring(kVault, version)); }
  std::shared_ptr<const Keyring> Keys() const { return *keyring_.Snapshot(); }

  // Writes a set past the pipeline.
  void Write(const WriteSet& set) {
    ++revision_;
    for (const WriteSet::Delete& row : set.deletes) engine_.Remove(row.table, row.key);
    for (const WriteSet::Put& row : set.puts) {
      engine_.Plant(row.table, row.key, row.value, revision_);
    }
  }

  static StoredPayment Payment(const std::string& id, int64_t create_micros,
                               const std::string& reference = "") {
    StoredPayment payment;
    payment.row_key = PaymentLedger::NewRowKey();
    payment.record.set_merchant("shop");
    payment.record.set_payment_id(id);
    payment.record.set_route("cards");
    payment.record.set_upstream_reference(reference.empty() ? id : reference);
    payment.record.set_create_micros(create_micros);
    payment.record.set_state(static_cast<uint32_t>(PaymentState::kApproved));
    return payment;
  }

  WriteSet Add(const StoredPayment& payment) {
    WriteSet set;
    PaymentLedger::Put(payment, set);
    EXPECT_THAT(PaymentIndex::Add(*Keys(), payment, set), IsOk());
    Write(set);
    return set;
  }

  bool Has(const std::string& id) {
    const auto found = index_.Find(keyring_, shop_, Id(id));
    EXPECT_THAT(found, IsOk());
    return found.ok() && found->has_value() && (*found)->record.payment_id() == id;
  }

  bool HasReference(const std::string& reference, const char* route = "cards") {
    const auto found =
        index_.FindByReference(keyring_, shop_, *RouteName::Parse(route, "route"), reference);
    EXPECT_THAT(found, IsOk());
    return found.ok() && found->has_value();
  }

  std::vector<KeyedRow> IndexRows() {
    std::vector<KeyedRow> all = *engine_.Scan(Table::kPayments, "", "", 1000);
    std::vector<KeyedRow> rows;
    for (KeyedRow& row : all) {
      if (PaymentIndex::IsKeyed(row.key)) rows.push_back(std::move(row));
    }
    return rows;
  }

  absl::Status Move(const KeyedRow& row) {
    const LiveRowKeys live = *LiveRowKeys::Open(*Keys());
    WriteSet set;
    absl::Status status = index_.AppendMove(
        row, RowKeys(*Keys()->MacVersion(KeyPurpose::kRowIndex, *RowKeyVersion(row.key, 1))),
        live.active(), set);
    if (status.ok()) Write(set);
    return status;
  }

  // The merchant's payments, page by page; `between` runs after each page.
  template <typename Between>
  std::vector<std::string> List(size_t page_size, Between between) {
    std::vector<std::string> ids;
    std::string after;
    while (true) {
      const auto page = index_.ScanMerchant(*LiveRowKeys::Open(*Keys()), shop_, after, page_size);
      EXPECT_THAT(page, IsOk());
      if (!page.ok() || page->empty()) return ids;
      for (const std::string& position : *page) {
        ids.push_back(
            (**PaymentLedger(engine_).Read(PaymentIndex::RowKeyOf(position))).record.payment_id());
      }
      after = page->back();
      between();
    }
  }

  FakeEngine engine_;
  uint64_t revision_ = 0;
  KeyringHolder keyring_;
  const PaymentIndex index_{engine_};
  const MerchantId shop_ = *MerchantId::Parse("shop", "merchant");
};

TEST_F(PaymentIndexTest, FindAnswersItsMerchantAlone) {
  Add(Payment("p-1", 1));
  EXPECT_TRUE(Has("p-1"));
  EXPECT_FALSE(Has("p-2"));
  const auto foreign = index_.Find(keyring_, *MerchantId::Parse("other", "merchant"), Id("p-1"));
  ASSERT_THAT(foreign, IsOk());
  EXPECT_FALSE(foreign->has_value());
}

TEST_F(PaymentIndexTest, RowsHoldNothingOfTheCallers) {
  Add(Payment("p-1", 1, "order-of-the-route"));
  const std::vector<KeyedRow> rows = IndexRows();
  ASSERT_THAT(rows, SizeIs(3));
  for (const KeyedRow& row : rows) {
    for (const char* text : {"p-1", "shop", "order", "cards"}) {
      EXPECT_FALSE(absl::StrContains(row.key, text)) << text;
      EXPECT_FALSE(absl::StrContains(row.row.value, text)) << text;
    }
    EXPECT_EQ(row.key.size(), row.key[0] == 'm' ? 61u : 37u);
    EXPECT_THAT(RowKeyVersion(row.key, 1), IsOkAndHolds(Eq(1u)));
  }
}

// Promise 5: an id is never forgotten, whatever was rotated.
TEST_F(PaymentIndexTest, EveryVersionIsLookedUnder) {
  Add(Payment("p-1", 1, "order-1"));
  RotateTo(2);
  Add(Payment("p-2", 2, "order-2"));
  RotateTo(3);
  for (const char* id : {"p-1", "p-2"}) EXPECT_TRUE(Has(id)) << id;
  for (const char* order : {"order-1", "order-2"}) EXPECT_TRUE(HasReference(order)) << order;
}

// Promise 5: a payment is new only where no version knows it, and when no newer version may.
TEST_F(PaymentIndexTest, ANewPaymentIsAbsentUnderEveryVersion) {
  RotateTo(3);
  const WriteSet set = Add(Payment("p-1", 1));
  ASSERT_THAT(set.preconditions, SizeIs(3));
  for (uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(set.preconditions[i].kind, Precondition::Kind::kAbsent);
    const RowKeys keys(*Keys()->MacVersion(KeyPurpose::kRowIndex, 3 - i));
    EXPECT_EQ(set.preconditions[i].key, absl::StrCat("i", keys.Payment(shop_, Id("p-1"))));
  }
  ASSERT_THAT(set.sealed_under, SizeIs(1));
  EXPECT_EQ(set.sealed_under[0].purpose, KeyPurpose::kRowIndex);
  EXPECT_EQ(set.sealed_under[0].version, 3u);
}

TEST_F(PaymentIndexTest, WhatMovedIsFoundAndNothingElseStays) {
  Add(Payment("p-1", 1, "order-1"));
  const std::string before = (**index_.Find(keyring_, shop_, Id("p-1"))).row_key;
  RotateTo(2);
  for (const KeyedRow& row : IndexRows()) {
    EXPECT_THAT(Move(row), IsOk());
    EXPECT_TRUE(Has("p-1"));
    EXPECT_TRUE(HasReference("order-1"));
  }
  ASSERT_THAT(IndexRows(), SizeIs(3));
  for (const KeyedRow& row : IndexRows()) {
    EXPECT_THAT(RowKeyVersion(row.key, 1), IsOkAndHolds(Eq(2u)));
  }
  // What other rows and calls in flight know the payment by.
  EXPECT_EQ((**index_.Find(keyring_, shop_, Id("p-1"))).row_key, before);
  keyring_.Set(MakeTestKeyringWithDestroyed(kVault, 2, KeyPurpose::kRowIndex, 1));
  EXPECT_TRUE(Has("p-1"));
  EXPECT_TRUE(HasReference("order-1"));
}

TEST_F(PaymentIndexTest, AMoveMeetsAnotherMove) {
  Add(Payment("p-1", 1));
  RotateTo(2);
  const KeyedRow row = IndexRows().front();
  ASSERT_THAT(Move(row), IsOk());
  EXPECT_THAT(Move(row), StatusIs(absl::StatusCode::kAborted, ErrorReason::kInProgress));
}

// Rows that were exchanged in the store do not make one payment answer for another.
TEST_F(PaymentIndexTest, ExchangedRowsNeitherAnswerNorMove) {
  Add(Payment("p-1", 1));
  Add(Payment("p-2", 2));
  std::vector<KeyedRow> rows = IndexRows();
  ASSERT_EQ(rows[0].key[0], 'i');
  ASSERT_EQ(rows[1].key[0], 'i');
  engine_.Plant(Table::kPayments, rows[0].key, rows[1].row.value, 9);
  const auto is_data_loss = StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt);
  RotateTo(2);
  EXPECT_THAT(Move({rows[0].key, {rows[1].row.value, 9}}), is_data_loss);
  int refused = 0;
  for (const char* id : {"p-1", "p-2"}) {
    refused += !index_.Find(keyring_, shop_, Id(id)).ok() ? 1 : 0;
  }
  EXPECT_EQ(refused, 1);
}

TEST_F(PaymentIndexTest, DamagedRowsAreDataLoss) {
  Add(Payment("p-1", 1));
  const KeyedRow row = IndexRows().front();
  const auto is_data_loss = StatusIs(absl::StatusCode::kDataLoss, ErrorReason::kRecordCorrupt);
  for (const std::string& value : {std::string("\xff"), std::string()}) {
    engine_.Plant(Table::kPayments, row.key, value, 2);
    EXPECT_THAT(index_.Find(keyring_, shop_, Id("p-1")), is_data_loss);
  }
  storage::v1::PaymentIndexRow astray;
  astray.set_format_version(1);
  astray.set_row_key(std::string(32, 'x'));
  engine_.Plant(Table::kPayments, row.key, astray.SerializeAsString(), 2);
  EXPECT_THAT(index_.Find(keyring_, shop_, Id("p-1")), is_data_loss);
}

TEST_F(PaymentIndexTest, AnOrderIdIsOfItsRouteAlone) {
  Add(Payment("p-1", 1, "order-1"));
  EXPECT_TRUE(HasReference("order-1"));
  EXPECT_FALSE(HasReference("order-1", "other-cards"));
  EXPECT_FALSE(HasReference("p-1"));
}

// A page's position is one of time, whatever is rotated or moved before the next page.
// A merchant may name a payment as an upstream names another one of his.
TEST_F(PaymentIndexTest, APaymentIdThatIsAnothersOrderIdHidesNothing) {
  Add(Payment("p-1", 1, "order-1"));
  Add(Payment("order-1", 2, "order-2"));
  const auto found =
      index_.FindByReference(keyring_, shop_, *RouteName::Parse("cards", "route"), "order-1");
  ASSERT_THAT(found, IsOk());
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->record.payment_id(), "p-1");
}

TEST_F(PaymentIndexTest, ListsEachOnceWhileRowsMove) {
  for (int i = 1; i <= 6; ++i) Add(Payment(absl::StrCat("p-", i), i));
  RotateTo(2);
  for (int i = 7; i <= 9; ++i) Add(Payment(absl::StrCat("p-", i), i));
  uint32_t version = 2;
  const auto move_some = [&] {
    if (++version <= 4) RotateTo(version);
    int moved = 0;
    for (const KeyedRow& row : IndexRows()) {
      if (moved == 4 || *RowKeyVersion(row.key, 1) == std::min(version, 4u)) continue;
      EXPECT_THAT(Move(row), IsOk());
      ++moved;
    }
  };
  EXPECT_THAT(List(2, move_some),
              ElementsAre("p-9", "p-8", "p-7", "p-6", "p-5", "p-4", "p-3", "p-2", "p-1"));
}

}  // namespace
}  // namespace cardvault
